/** Random queries as a tree, and their SQL. */
import { type Expr, printExpr, type Type } from './expression.ts';

export type Aggregate = 'sum' | 'count' | 'avg' | 'min' | 'max' | 'bool_or';

export type QueryLeaf =
  /** `rel.name`, or the name alone. */
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
  | { readonly k: 'exists'; readonly query: Query }
  | { readonly k: 'in'; readonly arg: QueryExpr; readonly query: Query }
  | { readonly k: 'scalar'; readonly query: Query };
export type QueryExpr = Expr<QueryLeaf>;

export type Item = { readonly expr: QueryExpr; readonly alias: string };
export type GroupSpec =
  | { readonly k: 'plain'; readonly ordinals: boolean }
  | { readonly k: 'rollup' | 'cube' }
  | { readonly k: 'sets'; readonly sets: readonly (readonly number[])[] };

export type Select = {
  readonly k: 'select';
  readonly distinct: boolean;
  /** Undefined: `*`. */
  readonly items: readonly Item[] | undefined;
  readonly from: From;
  readonly where: readonly QueryExpr[];
  /** Keys of GROUP BY; `spec` undefined: no GROUP BY. */
  readonly keys: readonly QueryExpr[];
  readonly spec: GroupSpec | undefined;
  readonly having: readonly QueryExpr[];
};
export type From =
  | { readonly k: 'view'; readonly view: string; readonly alias: string }
  | { readonly k: 'cte'; readonly name: string; readonly alias: string }
  | { readonly k: 'subquery'; readonly query: Query; readonly alias: string }
  | {
      readonly k: 'join';
      readonly type: 'inner' | 'left' | 'full' | 'cross';
      readonly left: From;
      readonly right: From;
      readonly on: QueryExpr | undefined;
    };
export type Body =
  | Select
  | { readonly k: 'set'; readonly op: 'UNION ALL' | 'UNION' | 'EXCEPT'; readonly left: Query; readonly right: Query };
export type Query = {
  readonly ctes: readonly {
    readonly name: string;
    readonly materialized: boolean | undefined;
    readonly query: Query;
  }[];
  readonly body: Body;
  /** By every output column, in order. */
  readonly order: 'none' | 'asc' | 'desc';
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  /** What it gives, to whom reads it. */
  readonly columns: readonly OutputColumn[];
};
/** `measure`: it travels up, and which aggregates mean it. */
export type OutputColumn = { readonly name: string; readonly type: Type; readonly measure: string | undefined };

// As SQL

export function printQuery(query: Query): string {
  const ctes = query.ctes.map(({ name, materialized, query: inner }) => {
    const how = materialized === undefined ? '' : materialized ? ' MATERIALIZED' : ' NOT MATERIALIZED';
    return `${name} AS${how} (${printQuery(inner)})`;
  });
  const direction = query.order === 'desc' ? ' DESC' : '';
  return [
    ctes.length === 0 ? '' : `WITH ${ctes.join(', ')}`,
    printBody(query.body),
    query.order === 'none' ? '' : `ORDER BY ${query.columns.map((_, i) => `${i + 1}${direction}`).join(', ')}`,
    query.limit === undefined ? '' : `LIMIT ${query.limit}`,
    query.offset === undefined ? '' : `OFFSET ${query.offset}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function printBody(body: Body): string {
  if (body.k === 'set') return `(${printQuery(body.left)}) ${body.op} (${printQuery(body.right)})`;
  const items =
    body.items === undefined ? '*' : body.items.map(({ expr, alias }) => `${print(expr)} AS ${alias}`).join(', ');
  return [
    `SELECT ${body.distinct ? 'DISTINCT ' : ''}${items} FROM ${printFrom(body.from)}`,
    body.where.length === 0 ? '' : `WHERE ${body.where.map(print).join(' AND ')}`,
    printGroupBy(body),
    body.having.length === 0 ? '' : `HAVING ${body.having.map(print).join(' AND ')}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function printGroupBy({ spec, keys, items }: Select): string {
  if (spec === undefined) return '';
  const list = keys.map(print);
  switch (spec.k) {
    case 'plain': {
      if (keys.length === 0) return 'GROUP BY ()';
      const ordinal = (i: number): string | undefined => {
        const at = items?.findIndex(({ expr }) => print(expr) === list[i]) ?? -1;
        return at >= 0 ? String(at + 1) : undefined;
      };
      return `GROUP BY ${list.map((key, i) => (spec.ordinals ? (ordinal(i) ?? key) : key)).join(', ')}`;
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
      return `(${printQuery(from.query)}) ${from.alias}`;
    case 'join': {
      const on = from.on === undefined ? '' : ` ON ${print(from.on)}`;
      return `${printFrom(from.left)} ${from.type.toUpperCase()} JOIN ${printFrom(from.right)}${on}`;
    }
  }
}

function print(expr: QueryExpr): string {
  return printExpr(expr, (leaf) => {
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
      case 'exists':
        return `EXISTS (${printQuery(leaf.query)})`;
      case 'in':
        return `(${print(leaf.arg)} IN (${printQuery(leaf.query)}))`;
      case 'scalar':
        return `(${printQuery(leaf.query)})`;
    }
  });
}
