/** Calls with OVER: the window, its frame and its bounds. */
import { SqlError, SqlState } from '../../errors.ts';
import type { Call, Frame, FrameBound, WindowSpec } from '../../sql/ast.ts';
import { formatType, typeCategory } from '../../sql/types.ts';
import type { Bound, BoundFrame, BoundFrameBound, BoundWindow } from '../bound/bound.ts';
import { functionsByName } from '../routines/routines.ts';
import { bindFilter } from './aggregate.ts';
import type { Env } from './binder.ts';
import { bindArguments, coerceArguments, findFunction, undefinedFunction } from './call.ts';
import { coerce, resolved } from './coerce.ts';
import { bindExpr } from './expression.ts';
import { startOf } from './start-of.ts';

export function bindWindowCall(call: Call, name: string, over: string | WindowSpec, env: Env): Bound {
  const allowed = env.clause === 'SELECT' || env.clause === 'ORDER BY' || env.clause === 'DISTINCT ON';
  if (env.insideAggregate) {
    throw new SqlError(SqlState.groupingError, 'aggregate function calls cannot contain window function calls', {
      position: call.at,
    });
  }
  if (env.select === undefined || !allowed) {
    throw new SqlError(SqlState.windowingError, `window functions are not allowed in ${env.clause}`, {
      position: call.at,
    });
  }
  if (env.insideWindow)
    throw new SqlError(SqlState.windowingError, 'window function calls cannot be nested', { position: call.at });
  const refuse = (message: string): SqlError =>
    new SqlError(SqlState.featureNotSupported, message, { position: call.at });
  if (call.withinGroup) throw refuse(`OVER is not supported for ordered-set aggregate ${name}`);
  if (call.distinct) throw refuse('DISTINCT is not implemented for window functions');
  if (call.orderBy.length > 0) throw refuse('aggregate ORDER BY is not implemented for window functions');
  env.select.windows = true;
  const inner = { ...env, insideWindow: true };
  const filter = bindFilter(call, inner);
  const window = bindWindow(over, inner);
  const args = bindArguments(call, inner);
  if (call.star) {
    const [count] = (functionsByName.get('count') ?? []).filter(({ parameters }) => parameters.length === 0);
    if (name !== 'count' || count === undefined) throw undefinedFunction(name, [], call.at);
    return { kind: 'window', routine: count, star: true, args: [], filter, window, type: 'int8', typmod: -1 };
  }
  const routines = functionsByName.get(name) ?? [];
  if (routines.length > 0 && routines.every(({ kind }) => kind === 'function')) {
    throw new SqlError(
      SqlState.wrongObjectType,
      `OVER specified, but ${name} is not a window function nor an aggregate function`,
      { position: call.at },
    );
  }
  const kinds = new Set((functionsByName.get(name) ?? []).map(({ kind }) => kind));
  if (kinds.has('function') && !kinds.has('window') && !kinds.has('aggregate')) {
    findFunction(args, ['function'], call);
    throw new SqlError(
      SqlState.wrongObjectType,
      `OVER specified, but ${name} is not a window function nor an aggregate function`,
      { position: call.at },
    );
  }
  const match = findFunction(args, ['window', 'aggregate'], call);
  return {
    kind: 'window',
    routine: match.routine,
    star: false,
    args: coerceArguments(args, match, call, env),
    filter,
    window,
    type: match.result,
    typmod: -1,
  };
}

function bindWindow(over: string | WindowSpec, env: Env): BoundWindow {
  if (typeof over === 'string') return bindWindow(namedWindow(over, env), env);
  const base = over.base === undefined ? undefined : bindWindow(namedWindow(over.base, env), env);
  const inner = { ...env, clause: env.clause };
  const own = {
    partitionBy: over.partitionBy.map((expr) => resolved(bindExpr(expr, inner))),
    orderBy: over.orderBy.map((item) => ({
      expr: resolved(bindExpr(item.expr, inner)),
      descending: item.descending,
      nulls: item.nulls,
    })),
    frame: over.frame && bindFrame(over.frame, inner),
  };
  if (over.frame !== undefined) checkRange(over.frame, own.orderBy.length > 0 ? own.orderBy : (base?.orderBy ?? []));
  if (base === undefined) return own;
  if (own.partitionBy.length > 0) {
    throw new SqlError(SqlState.windowingError, `cannot override PARTITION BY clause of window "${over.base}"`);
  }
  return {
    partitionBy: base.partitionBy,
    orderBy: own.orderBy.length > 0 ? own.orderBy : base.orderBy,
    frame: own.frame ?? base.frame,
  };
}

function namedWindow(name: string, env: Env): WindowSpec {
  const found = env.select?.namedWindows.find((window) => window.name === name);
  if (found === undefined) throw new SqlError(SqlState.undefinedObject, `window "${name}" does not exist`);
  return found.window;
}

function bindFrame(frame: Frame, env: Env): BoundFrame {
  return {
    mode: frame.mode,
    start: bindFrameBound(frame, frame.start, env),
    end: frame.end && bindFrameBound(frame, frame.end, env),
    exclude: frame.exclude,
  };
}

/** RANGE with an offset needs one sort key to which an offset can be added. */
function checkRange(frame: Frame, orderBy: BoundWindow['orderBy']): void {
  const edge = [frame.start, frame.end].find((side) => side !== undefined && 'offset' in side);
  if (frame.mode !== 'range' || edge === undefined || !('offset' in edge)) return;
  const position = startOf(edge.offset);
  const [key, another] = orderBy;
  if (key === undefined || another !== undefined) {
    const message = 'RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column';
    throw new SqlError(SqlState.windowingError, message, { position });
  }
  const { type } = resolved(key.expr);
  if (['N', 'D', 'T'].includes(typeCategory(type))) return;
  throw new SqlError(
    SqlState.featureNotSupported,
    `RANGE with offset PRECEDING/FOLLOWING is not supported for column type ${formatType(type)}`,
    { position },
  );
}

function bindFrameBound(frame: Frame, edge: FrameBound, env: Env): BoundFrameBound {
  if (!('offset' in edge)) return edge;
  const offset = bindExpr(edge.offset, env);
  // ROWS and GROUPS count; RANGE takes whatever can be added to the sort key.
  return {
    kind: edge.kind,
    offset:
      frame.mode === 'range'
        ? rangeOffset(offset, env)
        : coerce(env.binder, offset, 'int8', { position: startOf(edge.offset) }),
  };
}

function rangeOffset(offset: Bound, env: Env): Bound {
  return offset.type === 'unknown' ? coerce(env.binder, offset, 'interval') : resolved(offset);
}
