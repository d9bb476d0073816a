/** Function calls and the windows they range over. */
import type { Call, CallArgument, Expr, Frame, FrameBound, NamedWindow, SortItem, WindowSpec } from './ast.ts';
import { type Node, type NodeOf, names, nodeOf, reader } from './libpg-tree.ts';
import { parseExpr, parseExprs } from './parse-expression.ts';
import type { ParseSource } from './parse-source.ts';

const callFields = reader('FuncCall')(
  'funcname',
  'args',
  'agg_order',
  'agg_filter',
  'over',
  'agg_within_group',
  'agg_star',
  'agg_distinct',
  'func_variadic',
  'funcformat',
  'location',
);
const namedArgumentFields = reader('NamedArgExpr')('arg', 'name', 'argnumber', 'location');
const sortFields = reader('SortBy')('node', 'sortby_dir', 'sortby_nulls', 'useOp', 'location');
const windowFields = reader('WindowDef')(
  'name',
  'refname',
  'partitionClause',
  'orderClause',
  'frameOptions',
  'startOffset',
  'endOffset',
  'location',
);

export function parseCall(source: ParseSource, node: NodeOf<'FuncCall'>): Call {
  const call = callFields(source, node);
  const args = call.args ?? [];
  return {
    kind: 'call',
    path: names(source, call.funcname),
    args: args.map((arg, i) => parseArgument(source, arg, call.func_variadic === true && i === args.length - 1)),
    star: call.agg_star === true,
    distinct: call.agg_distinct === true,
    orderBy: parseOrderBy(source, call.agg_order),
    withinGroup: call.agg_within_group === true,
    filter: call.agg_filter && parseExpr(source, call.agg_filter),
    over: call.over && parseOver(source, call.over),
    at: source.at(call.location),
  };
}

function parseArgument(source: ParseSource, node: Node, variadic: boolean): CallArgument {
  if (!('NamedArgExpr' in node)) return { name: undefined, variadic, value: parseExpr(source, node) };
  const named = namedArgumentFields(source, node.NamedArgExpr);
  return { name: named.name, variadic, value: parseExpr(source, named.arg) };
}

export function parseOrderBy(source: ParseSource, list: readonly Node[] | undefined): SortItem[] {
  return (list ?? []).map((node) => {
    const item = sortFields(source, nodeOf(source, 'SortBy', node));
    return {
      expr: parseExpr(source, item.node),
      descending: isDescending(source, item),
      nulls: nullsPlace(item.sortby_nulls),
    };
  });
}

function isDescending(source: ParseSource, item: ReturnType<typeof sortFields>): boolean {
  switch (item.sortby_dir) {
    case 'SORTBY_DEFAULT':
    case 'SORTBY_ASC':
    case undefined:
      return false;
    case 'SORTBY_DESC':
      return true;
    case 'SORTBY_USING': {
      // `USING <` and `USING >` are what ASC and DESC stand for.
      const operator = names(source, item.useOp);
      const last = operator.at(-1);
      if (
        operator.length > 2 ||
        (operator.length === 2 && operator[0] !== 'pg_catalog') ||
        !/^[<>]$/.test(last ?? '')
      ) {
        throw source.refuse('ORDER BY USING this operator', item.location);
      }
      return last === '>';
    }
    default:
      throw source.refuse(`ORDER BY ${item.sortby_dir}`, item.location);
  }
}

function nullsPlace(nulls: NodeOf<'SortBy'>['sortby_nulls']): 'first' | 'last' | undefined {
  if (nulls === 'SORTBY_NULLS_FIRST') return 'first';
  return nulls === 'SORTBY_NULLS_LAST' ? 'last' : undefined;
}

/** `OVER w` has a name only; `OVER (w …)` refers to `w`. */
function parseOver(source: ParseSource, node: NodeOf<'WindowDef'>): string | WindowSpec {
  return node.name ?? parseWindow(source, node);
}

export function parseNamedWindows(source: ParseSource, list: readonly Node[] | undefined): NamedWindow[] {
  return (list ?? []).map((item) => {
    const node = nodeOf(source, 'WindowDef', item);
    return { name: node.name ?? '', window: parseWindow(source, node) };
  });
}

function parseWindow(source: ParseSource, node: NodeOf<'WindowDef'>): WindowSpec {
  const window = windowFields(source, node);
  return {
    base: window.refname,
    partitionBy: parseExprs(source, window.partitionClause),
    orderBy: parseOrderBy(source, window.orderClause),
    frame: parseFrame(source, window),
  };
}

/** FRAMEOPTION_* of nodes/parsenodes.h */
const FRAME = {
  nonDefault: 0x1,
  range: 0x2,
  rows: 0x4,
  groups: 0x8,
  between: 0x10,
  startUnboundedPreceding: 0x20,
  startUnboundedFollowing: 0x80,
  startCurrentRow: 0x200,
  startPreceding: 0x800,
  startFollowing: 0x2000,
  endUnboundedPreceding: 0x40,
  endUnboundedFollowing: 0x100,
  endCurrentRow: 0x400,
  endPreceding: 0x1000,
  endFollowing: 0x4000,
  excludeCurrentRow: 0x8000,
  excludeGroup: 0x10000,
  excludeTies: 0x20000,
} as const;
const FRAME_BITS = Object.values(FRAME).reduce<number>((all, bit) => all | bit, 0);

function parseFrame(source: ParseSource, window: ReturnType<typeof windowFields>): Frame | undefined {
  const options = window.frameOptions ?? 0;
  if ((options & ~FRAME_BITS) !== 0) throw source.refuse(`window frame ${options}`, window.location);
  if ((options & FRAME.nonDefault) === 0) return undefined;
  const start = frameBound(options, 'start', window.startOffset && parseExpr(source, window.startOffset));
  const end = frameBound(options, 'end', window.endOffset && parseExpr(source, window.endOffset));
  if (start === undefined || end === undefined) throw source.refuse(`window frame ${options}`, window.location);
  return {
    mode: options & FRAME.rows ? 'rows' : options & FRAME.groups ? 'groups' : 'range',
    start,
    end: options & FRAME.between ? end : undefined,
    exclude: frameExclusion(options),
  };
}

function frameBound(options: number, side: 'start' | 'end', offset: Expr | undefined): FrameBound | undefined {
  if (options & FRAME[`${side}UnboundedPreceding`]) return { kind: 'unbounded-preceding' };
  if (options & FRAME[`${side}UnboundedFollowing`]) return { kind: 'unbounded-following' };
  if (options & FRAME[`${side}CurrentRow`]) return { kind: 'current-row' };
  if (offset === undefined) return undefined;
  if (options & FRAME[`${side}Preceding`]) return { kind: 'preceding', offset };
  return options & FRAME[`${side}Following`] ? { kind: 'following', offset } : undefined;
}

function frameExclusion(options: number): Frame['exclude'] {
  if (options & FRAME.excludeCurrentRow) return 'current-row';
  if (options & FRAME.excludeGroup) return 'group';
  return options & FRAME.excludeTies ? 'ties' : undefined;
}
