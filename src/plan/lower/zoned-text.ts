/** A timestamptz as PostgreSQL prints it in a zone that is not the session's. */
import type { PgType } from '../../sql/types.ts';
import type { Bound } from '../bound/bound.ts';
import { selectRoutine } from '../routines/overload.ts';
import { functionsByName, operatorsByName, type Routine } from '../routines/routines.ts';

export function callOf(name: string, ...args: Bound[]): Bound {
  return applied(functionsByName.get(name) ?? [], args, name);
}

export function operatorOf(name: string, ...args: Bound[]): Bound {
  return applied(operatorsByName.get(name) ?? [], args, name);
}

function applied(routines: readonly Routine[], args: readonly Bound[], name: string): Bound {
  const selection = selectRoutine(
    routines,
    args.map(({ type }) => type),
  );
  if (selection.kind !== 'match') throw new Error(`no ${name} of ${args.map(({ type }) => type).join(', ')}`);
  return { kind: 'apply', routine: selection.match.routine, args, type: selection.match.result, typmod: -1 };
}

export function castOf(arg: Bound, type: PgType, typmod = -1): Bound {
  return { kind: 'cast', arg, type, typmod };
}

export function textOf(value: string): Bound {
  return { kind: 'const', type: 'text', typmod: -1, value };
}

export function integerOf(value: number): Bound {
  return { kind: 'const', type: 'int4', typmod: -1, value: String(value) };
}

/** timestamptz → the zone's local timestamp, and back. */
export function shifted(bound: Bound, zone: string): Bound {
  return callOf('timezone', textOf(zone), bound);
}

function choose(when: Bound, then: Bound, otherwise: Bound): Bound {
  return { kind: 'case', branches: [{ when, then }], otherwise, type: 'text', typmod: -1 };
}

function joined(first: Bound, ...rest: readonly Bound[]): Bound {
  return rest.reduce((left, right) => operatorOf('||', left, right), first);
}

/** `2024-05-01 12:00:00.5+05:30`, `0044-03-15 00:00:00+00:53:28 BC`, `infinity` */
export function zonedText(value: Bound, zone: string): Bound {
  const local = castOf(shifted(value, zone), 'text');
  const isBefore = operatorOf('=', callOf('right', local, integerOf(2)), textOf('BC'));
  const clock = callOf('replace', local, textOf(' BC'), textOf(''));
  const seconds = offsetSeconds(value, zone);
  const shown = joined(
    clock,
    offsetHours(seconds),
    choose(zero(remainder(seconds, 3600)), textOf(''), joined(textOf(':'), offsetMinutes(seconds))),
    choose(
      zero(remainder(seconds, 60)),
      textOf(''),
      joined(textOf(':'), padded(remainder(callOf('abs', seconds), 60))),
    ),
    choose(isBefore, textOf(' BC'), textOf('')),
  );
  return choose(callOf('isfinite', value), shown, castOf(value, 'text'));
}

/** Seconds east of Greenwich. */
export function offsetSeconds(value: Bound, zone: string): Bound {
  const east = operatorOf('-', shifted(value, zone), shifted(value, 'UTC'));
  return castOf(callOf('extract', textOf('epoch'), east), 'int4');
}

/** `+05` */
export function offsetHours(seconds: Bound): Bound {
  const sign = choose(operatorOf('<', seconds, integerOf(0)), textOf('-'), textOf('+'));
  return joined(sign, padded(operatorOf('/', callOf('abs', seconds), integerOf(3600))));
}

/** `30` */
export function offsetMinutes(seconds: Bound): Bound {
  return padded(operatorOf('/', remainder(callOf('abs', seconds), 3600), integerOf(60)));
}

export function remainder(value: Bound, by: number): Bound {
  return operatorOf('%', value, integerOf(by));
}

export function zero(value: Bound): Bound {
  return operatorOf('=', value, integerOf(0));
}

function padded(value: Bound): Bound {
  return callOf('lpad', castOf(value, 'text'), integerOf(2), textOf('0'));
}
