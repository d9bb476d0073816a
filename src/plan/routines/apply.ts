/** Calls of listed routines that the planner makes itself. */
import type { PgType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import { selectRoutine } from './overload.ts';
import { functionsByName, operatorsByName, type Routine } from './routines.ts';

/** @throws Error where no function of the name takes the arguments: the planner made a mistake */
export function applyFunction(name: string, ...args: readonly Bound[]): Bound {
  return apply(name, functionsByName.get(name) ?? [], args);
}

/** @throws Error where no operator of the name takes the operands */
export function applyOperator(name: string, ...args: readonly Bound[]): Bound {
  return apply(name, operatorsByName.get(name) ?? [], args);
}

function apply(name: string, routines: readonly Routine[], args: readonly Bound[]): Bound {
  const selection = selectRoutine(
    routines,
    args.map(({ type }) => type),
  );
  if (selection.kind !== 'match') throw new Error(`no ${name} over ${args.map(({ type }) => type).join(', ')}`);
  const { routine, argumentTypes, result } = selection.match;
  const cast = args.map(
    (arg, i): Bound =>
      argumentTypes[i] === arg.type ? arg : { kind: 'cast', arg, type: argumentTypes[i] as PgType, typmod: -1 },
  );
  return { kind: 'apply', routine, args: cast, type: result, typmod: -1 };
}
