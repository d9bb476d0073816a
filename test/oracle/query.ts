/** Random queries as a tree, and their SQL. */
import { type Expr, lit, printExpr, type Type, type Value } from './expression.ts';

export type Aggregate = 'sum' | 'count' | 'avg' | 'min' | 'max' | 'bool_or';

export type QueryLeaf =
  /** `rel.name`, or the name alone; a column that USING merges has no `rel`. */
  | { readonly k: 'name'; readonly rel: string; readonly name: string; readonly bare: boolean }
  /** An ordinary aggregate, or one over a measure; `arg` undefined is `*`. */
  | {
      readonly k: 'aggregate';
      readonly fn: Aggregate;
      readonly distinct: boolean;
      readonly arg: QueryExpr | undefined;
      readonly filter: QueryExpr | undefined;
    }
  | { readonly k: 'measure-call'; readonly fn: string; readonly arg: QueryExpr; readonly filter: QueryExpr | undefined }
  | {
      readonly k: 'window';
      readonly fn: 'sum' | 'count' | 'max' | 'rank';
      readonly arg: QueryExpr | undefined;
      readonly partitionBy: readonly QueryExpr[];
      readonly orderBy: readonly QueryExpr[];
    }
  | { readonly k: 'grouping'; readonly args: readonly QueryExpr[] }
  | { readonly k: 'exists'; readonly query: Query }
  | { readonly k: 'in'; readonly arg: QueryExpr; readonly query: Query }
  | { readonly k: 'scalar'; readonly query: Query };
export type QueryExpr = Expr<QueryLeaf>;

/** Without an alias: a column or the call of a measure, which is named like its measure. */
export type Item = { readonly expr: QueryExpr; readonly alias: string | undefined } | Star;
/** `*`, or `rel.*` */
export type Star = { readonly star: string | undefined };
export type GroupSpec =
  | { readonly k: 'plain'; readonly ordinals: boolean }
  | { readonly k: 'rollup' | 'cube' }
  | { readonly k: 'sets'; readonly sets: readonly (readonly number[])[] };

export type Select = {
  readonly k: 'select';
  /** A number: DISTINCT ON so many of the items, from the first. */
  readonly distinct: boolean | number;
  readonly items: readonly Item[];
  readonly from: From;
  readonly where: readonly QueryExpr[];
  /** Keys of GROUP BY; `spec` undefined: no GROUP BY. */
  readonly keys: readonly QueryExpr[];
  readonly spec: GroupSpec | undefined;
  /** Bare measures in GROUP BY, which add nothing to it (rule 3). */
  readonly idleKeys: readonly QueryExpr[];
  readonly having: readonly QueryExpr[];
  /** Of ORDER BY, before the output columns. */
  readonly sort: readonly QueryExpr[];
};
export type From =
  | { readonly k: 'view'; readonly view: string; readonly alias: string }
  | { readonly k: 'cte'; readonly name: string; readonly alias: string }
  | { readonly k: 'subquery'; readonly query: Query; readonly alias: string; readonly lateral: boolean }
  | {
      readonly k: 'values';
      readonly rows: readonly (readonly Value[])[];
      readonly alias: string;
      readonly columns: readonly string[];
    }
  | {
      readonly k: 'join';
      readonly type: JoinType;
      readonly left: From;
      readonly right: From;
      readonly on: JoinOn;
    };
export type JoinType = 'inner' | 'left' | 'right' | 'full' | 'cross';
export type JoinOn =
  | { readonly k: 'none' }
  | { readonly k: 'on'; readonly expr: QueryExpr }
  | { readonly k: 'using' | 'natural'; readonly names: readonly string[] };
export type SetOperator = 'UNION ALL' | 'UNION' | 'EXCEPT' | 'EXCEPT ALL' | 'INTERSECT' | 'INTERSECT ALL';
export type Body =
  | Select
  | { readonly k: 'set'; readonly op: SetOperator; readonly left: Query; readonly right: Query }
  /** Of WITH RECURSIVE: `step` reads what was found last under the name of the CTE. */
  | {
      readonly k: 'recursive';
      readonly name: string;
      readonly op: 'UNION ALL' | 'UNION';
      readonly base: Query;
      readonly step: Query;
    };
export type Query = {
  readonly ctes: readonly {
    readonly name: string;
    readonly materialized: boolean | undefined;
    readonly query: Query;
  }[];
  readonly body: Body;
  /** By every output column, in order; each said in one of three ways. */
  readonly order: 'none' | 'asc' | 'desc';
  readonly orderBy: 'ordinals' | 'names' | 'expressions';
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  /** What it gives, to whom reads it. */
  readonly columns: readonly OutputColumn[];
};
/** `compatible`: under SET semwire.measure_aggregates = compatible. */
export type Statement = Query & { readonly compatible: boolean };
/** `measure`: it travels up, and which aggregates mean it. */
export type OutputColumn = { readonly name: string; readonly type: Type; readonly measure: string | undefined };

// As SQL

export function printQuery(query: Query): string {
  const { ctes, columns } = query;
  const recursive = ctes.some((cte) => cte.query.body.k === 'recursive');
  const items = ctes.map(({ name, materialized, query: inner }) => {
    const how = materialized === undefined ? '' : materialized ? ' MATERIALIZED' : ' NOT MATERIALIZED';
    const names = inner.body.k === 'recursive' ? ` (${inner.columns.map((column) => column.name).join(', ')})` : '';
    return `${name}${names} AS${how} (${printQuery(inner)})`;
  });
  const sorts = query.order === 'none' ? [] : [...leadingSorts(query), ...columns.map((_, i) => printSort(query, i))];
  const direction = query.order === 'desc' ? ' DESC' : '';
  return [
    items.length === 0 ? '' : `WITH ${recursive ? 'RECURSIVE ' : ''}${items.join(', ')}`,
    printBody(query.body),
    sorts.length === 0 ? '' : `ORDER BY ${sorts.map((sort) => `${sort}${direction}`).join(', ')}`,
    query.limit === undefined ? '' : `LIMIT ${query.limit}`,
    query.offset === undefined ? '' : `OFFSET ${query.offset}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function leadingSorts({ body }: Query): string[] {
  return body.k === 'select' ? body.sort.map(print) : [];
}

function printSort({ orderBy, columns, body }: Query, i: number): string {
  const item = body.k === 'select' ? body.items[i] : undefined;
  if (orderBy === 'names') return columns[i]?.name ?? '';
  return orderBy === 'expressions' && item !== undefined && 'expr' in item ? print(item.expr) : String(i + 1);
}

function printBody(body: Body): string {
  if (body.k === 'set') return `(${printQuery(body.left)}) ${body.op} (${printQuery(body.right)})`;
  if (body.k === 'recursive') return `(${printQuery(body.base)}) ${body.op} (${printQuery(body.step)})`;
  const items = body.items.map(printItem).join(', ');
  return [
    `SELECT ${printDistinct(body)}${items} FROM ${printFrom(body.from)}`,
    body.where.length === 0 ? '' : `WHERE ${body.where.map(print).join(' AND ')}`,
    printGroupBy(body),
    body.having.length === 0 ? '' : `HAVING ${body.having.map(print).join(' AND ')}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function printItem(item: Item): string {
  if ('star' in item) return item.star === undefined ? '*' : `${item.star}.*`;
  return item.alias === undefined ? print(item.expr) : `${print(item.expr)} AS ${item.alias}`;
}

function printDistinct({ distinct, items }: Select): string {
  if (typeof distinct === 'boolean') return distinct ? 'DISTINCT ' : '';
  const on = items.slice(0, distinct).map((item) => ('expr' in item ? print(item.expr) : ''));
  return `DISTINCT ON (${on.join(', ')}) `;
}

function printGroupBy({ spec, keys, idleKeys, items }: Select): string {
  if (spec === undefined) return '';
  const list = keys.map(print);
  switch (spec.k) {
    case 'plain': {
      const ordinal = (key: string): string => {
        const at = spec.ordinals ? items.findIndex((item) => 'expr' in item && print(item.expr) === key) : -1;
        return at >= 0 ? String(at + 1) : key;
      };
      const all = [...list, ...idleKeys.map(print)].map(ordinal);
      return `GROUP BY ${all.length === 0 ? '()' : all.join(', ')}`;
    }
    case 'rollup':
    case 'cube':
      return `GROUP BY ${spec.k.toUpperCase()} (${list.join(', ')})`;
    case 'sets':
      return `GROUP BY GROUPING SETS (${spec.sets.map((set) => `(${set.map((i) => list[i]).join(', ')})`).join(', ')})`;
  }
}

function printFrom(from: From): string {
  switch (from.k) {
    case 'view':
      return from.alias === from.view ? from.view : `${from.view} ${from.alias}`;
    case 'cte':
      return from.alias === from.name ? from.name : `${from.name} ${from.alias}`;
    case 'subquery':
      return `${from.lateral ? 'LATERAL ' : ''}(${printQuery(from.query)}) ${from.alias}`;
    case 'values': {
      const rows = from.rows.map((row) => `(${row.map((value) => printExpr(lit(value), String)).join(', ')})`);
      return `(VALUES ${rows.join(', ')}) ${from.alias} (${from.columns.join(', ')})`;
    }
    case 'join': {
      const natural = from.on.k === 'natural' ? 'NATURAL ' : '';
      return `${printFrom(from.left)} ${natural}${from.type.toUpperCase()} JOIN ${printFrom(from.right)}${printOn(from.on)}`;
    }
  }
}

function printOn(on: JoinOn): string {
  switch (on.k) {
    case 'on':
      return ` ON ${print(on.expr)}`;
    case 'using':
      return ` USING (${on.names.join(', ')})`;
    case 'none':
    case 'natural':
      return '';
  }
}

function print(expr: QueryExpr): string {
  return printExpr(expr, printLeaf);
}

function printLeaf(leaf: QueryLeaf): string {
  const filter = 'filter' in leaf && leaf.filter !== undefined ? ` FILTER (WHERE ${print(leaf.filter)})` : '';
  switch (leaf.k) {
    case 'name':
      return leaf.bare ? leaf.name : `${leaf.rel}.${leaf.name}`;
    case 'aggregate':
      return `${leaf.fn.toUpperCase()}(${leaf.distinct ? 'DISTINCT ' : ''}${leaf.arg === undefined ? '*' : print(leaf.arg)})${filter}`;
    case 'measure-call':
      return `${leaf.fn}(${print(leaf.arg)})${filter}`;
    case 'window': {
      const arg = leaf.arg === undefined ? (leaf.fn === 'rank' ? '' : '*') : print(leaf.arg);
      const partition = leaf.partitionBy.length === 0 ? '' : `PARTITION BY ${leaf.partitionBy.map(print).join(', ')}`;
      const order = leaf.orderBy.length === 0 ? '' : `ORDER BY ${leaf.orderBy.map(print).join(', ')}`;
      return `${leaf.fn.toUpperCase()}(${arg}) OVER (${[partition, order].filter((part) => part !== '').join(' ')})`;
    }
    case 'grouping':
      return `GROUPING(${leaf.args.map(print).join(', ')})`;
    case 'exists':
      return `EXISTS (${printQuery(leaf.query)})`;
    case 'in':
      return `(${print(leaf.arg)} IN (${printQuery(leaf.query)}))`;
    case 'scalar':
      return `(${printQuery(leaf.query)})`;
  }
}
