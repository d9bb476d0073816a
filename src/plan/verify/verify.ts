/**
 * The verifier: reads the final statement again with the parser and refuses it unless every relation of the model
 * author's stands inside a leaf that was built for this context.
 *
 * It shares nothing with the planner but the parser and the printer. The author's SQL is one opaque token to it.
 */
import type { Expr, OpaqueText, Query, TableRef } from '../../sql/ast.ts';
import { equalTrees } from '../../sql/equal.ts';
import { parse } from '../../sql/parse.ts';
import { print } from '../../sql/print.ts';
import { printExpr } from '../../sql/print-expression.ts';
import type { PrintHooks } from '../../sql/print-hooks.ts';
import { printName } from '../../sql/print-token.ts';
import { selectQuery } from '../../sql/select.ts';
import type { Dialect } from '../dialect.ts';
import { checkInsideFence, checkPredicates, type LeafFacts } from './fence.ts';

/** A leaf as it must stand in the statement, and the conditions that its WHERE must hold as conjuncts. */
export type ExpectedLeaf = {
  readonly query: Query;
  readonly filters: readonly Expr[];
  readonly facts: LeafFacts;
};

/** @throws Error (XX000 to the client, an alarm in the log) when the statement is not what was secured */
export function verify(tree: Query, leaves: readonly ExpectedLeaf[], dialect: Pick<Dialect, 'functions'>): void {
  const hooks = holeHooks();
  const read = (query: Query): Query => {
    const [only, another] = parse(print(query, hooks));
    if (only?.statement.kind !== 'query' || another !== undefined)
      throw new Error('verifier: the text is not one query');
    return only.statement.query;
  };
  const expected = leaves.map(({ query, filters, facts }) => {
    const again = read(query);
    const conditions = filters.map((filter) => conditionOf(read(selectOf(filter))));
    checkFilters(again, conditions);
    return { query: again, facts };
  });
  walk(read(tree), { expected, dialect, ctes: new Set() });
}

const TABLE = '\u0002table';
const VALUE = '\u0002value';
const AUTHOR = '\u0002author';

/** Author's relations and values become names that no client can write; expressions in their holes stay readable. */
function holeHooks(): PrintHooks {
  const numbers = new Map<string, number>();
  const numberOf = (text: OpaqueText): number => {
    const key = JSON.stringify(text);
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  };
  const hooks: PrintHooks = {
    opaque: (text, context) => {
      if (context === 'table') return printName(`${TABLE} ${numberOf(text)}`);
      const holes = text.flatMap((part) => (part.kind === 'expr' ? [printExpr(part.expr, hooks)] : []));
      return holes.length === 0 ? printName(`${VALUE} ${numberOf(text)}`) : `${printName(AUTHOR)}(${holes.join(', ')})`;
    },
    bind: (bind, type) => printName(`\u0002bind ${bind} ${type}`),
    parameter: (index) => `$${index}`,
  };
  return hooks;
}

function selectOf(where: Expr): Query {
  return selectQuery({ items: [], from: [], where });
}

function conditionOf(query: Query): Expr {
  if (query.body.kind !== 'select' || query.body.where === undefined)
    throw new Error('verifier: a row filter is no condition');
  return query.body.where;
}

/** Each row filter is a top-level conjunct of its leaf. */
function checkFilters(leaf: Query, filters: readonly Expr[]): void {
  const where = leaf.body.kind === 'select' ? leaf.body.where : undefined;
  const conjuncts = where === undefined ? [] : where.kind === 'and' ? where.operands : [where];
  for (const filter of filters) {
    const parts = filter.kind === 'and' ? filter.operands : [filter];
    if (!parts.every((part) => conjuncts.some((conjunct) => equalTrees(conjunct, part))))
      throw new Error('verifier: a leaf lacks one of its row filters');
  }
}

type Walk = {
  readonly expected: readonly { readonly query: Query; readonly facts: LeafFacts }[];
  readonly dialect: Pick<Dialect, 'functions'>;
  readonly ctes: ReadonlySet<string>;
};
type Node = { readonly [field: string]: unknown };

/** Goes through every node there is: a kind that it does not know is walked like any other, never skipped. */
function walk(node: unknown, state: Walk): void {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, state);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const { kind } = node as Node;
  if (isQuery(node)) {
    if (leafIn(node, state) !== undefined) {
      if (node.body.kind === 'select') for (const ref of node.body.from) walkInsideLeaf(ref, state);
      return;
    }
    if (node.body.kind === 'select') {
      checkPredicates(
        node.body,
        (query) => leafIn(query, state) ?? fencedLeafIn(query, state),
        (query) => fencedLeafIn(query, state) !== undefined,
      );
    }
    const fenced = fencedLeafIn(node, state);
    if (fenced !== undefined && node.body.kind === 'select') checkInsideFence(node.body.where, fenced);
    const names = node.with?.ctes.map(({ name }) => name) ?? [];
    const inner = names.length === 0 ? state : { ...state, ctes: new Set([...state.ctes, ...names]) };
    for (const value of Object.values(node)) walk(value, inner);
    return;
  }
  if (kind === 'table') checkTable(node as Node, state);
  if (kind === 'call') checkCall(node as Node, state);
  if (kind === 'column') checkColumn(node as Node);
  for (const value of Object.values(node)) walk(value, state);
}

/** A leaf may join queries that compute sub_query dimensions: of whatever is in these nothing is taken on trust. */
function walkInsideLeaf(ref: TableRef, state: Walk): void {
  if (ref.kind === 'join') {
    walkInsideLeaf(ref.left, state);
    walkInsideLeaf(ref.right, state);
  } else if (ref.kind !== 'table') walk(ref, state);
}

function leafIn(query: Query, { expected }: Walk): LeafFacts | undefined {
  return expected.find((leaf) => equalTrees(leaf.query, query))?.facts;
}

/** `SELECT columns FROM (leaf) WHERE … OFFSET 0` and nothing else. */
function fencedLeafIn(query: Query, state: Walk): LeafFacts | undefined {
  const { body, offset } = query;
  if (body.kind !== 'select' || offset?.kind !== 'number' || offset.text !== '0') return undefined;
  const [only, another] = body.from;
  return only?.kind === 'subquery' && another === undefined ? leafIn(only.query, state) : undefined;
}

function isQuery(node: object): node is Query {
  return 'body' in node && 'orderBy' in node && 'withTies' in node;
}

function checkTable(node: Node, state: Walk): void {
  const path = node.path as readonly string[];
  if (path.length === 1 && state.ctes.has(path[0] ?? '')) return;
  throw new Error(`verifier: relation ${path.join('.')} stands outside a leaf`);
}

/** Outside leaves there are columns of generated relations, and the gateway's binds. */
function checkColumn(node: Node): void {
  const path = node.path as readonly string[];
  const generated = path.length === 2 && /^[a-z]\d*$/.test(path[0] ?? '') && /^c\d*$/.test(path[1] ?? '');
  if (
    generated ||
    (path.length === 1 && path[0]?.startsWith('\u0002bind ')) ||
    (path.length === 1 && path[0]?.startsWith(VALUE))
  )
    return;
  throw new Error(`verifier: column ${path.join('.')} stands outside a leaf`);
}

function checkCall(node: Node, { dialect }: Walk): void {
  const path = node.path as readonly string[];
  if (path.length === 1 && path[0] === AUTHOR) return;
  const [schema, name] = path.length === 2 ? path : [undefined, path[0]];
  const { functions } = dialect;
  if (path.length <= 2 && schema === functions.schema && functions.names.has(name ?? '')) return;
  throw new Error(`verifier: function ${path.join('.')} is not listed`);
}
