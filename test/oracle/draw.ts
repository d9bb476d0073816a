/** What the parts of the query generator share: random choices, fresh names, columns in view. */
import { type Expr, lit, type Type } from './expression.ts';
import type { From, OutputColumn, Query, QueryExpr, QueryLeaf, Select } from './query.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export type Column = OutputColumn & { readonly rel: string };
/** `joined`: its names have to be qualified. */
export type Source = { readonly from: From; readonly columns: readonly Column[]; readonly joined: boolean };
export type Cte = Query['ctes'][number];

export type Draw = {
  readonly world: World;
  readonly random: Random;
  /** Names stand alone where they can. */
  readonly bare: boolean;
  /** Every aggregate over a measure is the measure. */
  readonly compatible: boolean;
  readonly fresh: (prefix: string) => string;
  /** A query to stand in FROM. @param beside what LATERAL sees */
  readonly query: (depth: number, ctes: readonly Cte[], travels: boolean, beside?: Source) => Query;
};

export function leaf(leaf: QueryLeaf): Expr<QueryLeaf> {
  return { k: 'leaf', leaf };
}

export function name(draw: Draw, { rel, name }: Column, qualified: boolean): QueryExpr {
  return leaf({ k: 'name', rel, name, bare: rel === '' || (!qualified && draw.bare) });
}

export function constant(type: Type): QueryExpr {
  switch (type) {
    case 'int':
    case 'num':
      return lit(0);
    case 'text':
      return lit('q');
    case 'bool':
      return lit(false);
  }
}

/** A SELECT of nothing yet. */
export function selectFrom(from: From): Select {
  return {
    k: 'select',
    distinct: false,
    items: [],
    from,
    where: [],
    keys: [],
    spec: undefined,
    idleKeys: [],
    having: [],
    sort: [],
  };
}

export function queryOf(body: Query['body'], columns: readonly OutputColumn[]): Query {
  return { ctes: [], body, order: 'none', orderBy: 'ordinals', limit: undefined, offset: undefined, columns };
}

/** Columns of a query through which no measure travels. */
export function plain(columns: readonly OutputColumn[]): OutputColumn[] {
  return columns.map((column) => ({ ...column, measure: undefined }));
}

export function dimensionsOf({ columns }: Source, type?: Type): Column[] {
  return columns.filter((column) => column.measure === undefined && (type === undefined || column.type === type));
}

export function measuresOf({ columns }: Source, ...types: readonly Type[]): Column[] {
  return columns.filter(
    (column) => column.measure !== undefined && (types.length === 0 || types.includes(column.type)),
  );
}
