/**
 * The printer's own proof, always on: what was printed is parsed again and must be the same tree (0.1 ms for a
 * statement of a BI tool). The author's SQL and binds take part as named holes.
 */
import type { OpaqueText, Query } from './ast.ts';
import { equalTrees } from './equal.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';
import type { PrintHooks } from './print-hooks.ts';
import { printName } from './print-token.ts';
import { type ChildMapper, mapExprChildren, mapQueryChildren, mapTableChildren } from './walk.ts';

/**
 * @param hooks spells the text as it will be sent; its `opaque`, `bind` and `parameter` are not called
 * @throws Error (a bug, XX000 to the client) when the text would not mean the tree
 */
export function checkPrinted(query: Query, hooks: Pick<PrintHooks, 'expr' | 'type'> = {}): void {
  const holes = new Map<OpaqueText, string>();
  const holeOf = (text: OpaqueText): string => {
    const name = holes.get(text) ?? `${HOLE}opaque ${holes.size}`;
    holes.set(text, name);
    return name;
  };
  const text = print(query, {
    ...hooks,
    opaque: (opaque) => printName(holeOf(opaque)),
    bind: (bind, type) => printName(bindHole(bind, type)),
    parameter: (index) => `$${index}`,
  });
  const [again, ...more] = parse(text);
  const same =
    again?.statement.kind === 'query' &&
    more.length === 0 &&
    equalTrees(again.statement.query, fillHoles(query, holeOf));
  if (!same) throw new Error(`printed text does not mean its tree: ${text}`);
}

/** No name of a client's or a model's starts so. */
const HOLE = '\u0001';

function bindHole(bind: number, type: string): string {
  return `${HOLE}bind ${bind} ${type}`;
}

/** Author's SQL is one hole, whatever is in it, so this stops there instead of going down first. */
function fillHoles(query: Query, holeOf: (text: OpaqueText) => string): Query {
  const fill: ChildMapper = {
    expr: (node) => {
      switch (node.kind) {
        case 'opaque':
          return { kind: 'column', path: [holeOf(node.text)] };
        case 'bind':
          return { kind: 'column', path: [bindHole(node.bind, node.type)] };
        default:
          return mapExprChildren(node, fill);
      }
    },
    query: (node) => mapQueryChildren(node, fill),
    table: (node) => {
      if (node.kind !== 'opaque-table') return mapTableChildren(node, fill);
      return { kind: 'table', path: [holeOf(node.text)], alias: { name: node.alias, columns: [] } };
    },
  };
  return fill.query(query);
}
