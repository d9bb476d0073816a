/** `x op ANY (array)`: DuckDB does not count NULLs as PostgreSQL does. */
import { notSupported } from '../../errors.ts';
import type { BoundOf } from '../../plan/dialect.ts';
import type { Expr } from '../../sql/ast.ts';
import { binary, call, number, text } from './expressions.ts';

/** @throws SqlError 0A000 for other operators than `= ANY` and `<> ALL` */
export function duckdbQuantified({ quantifier, routine }: BoundOf<'quantified'>, left: Expr, array: Expr): Expr {
  const any = quantifier === 'any' && routine.name === '=';
  if (!any && !(quantifier === 'all' && routine.name === '<>'))
    throw notSupported(`${routine.name} ${quantifier.toUpperCase()} (array) on DuckDB`);
  const isNull = (operand: Expr): Expr => ({ kind: 'is', test: 'null', negated: false, operand });
  const length = call('len', array);
  const present = call('list_aggregate', array, text('count'));
  return {
    kind: 'case',
    operand: undefined,
    branches: [
      { when: isNull(array), then: { kind: 'cast', operand: { kind: 'null' }, type: boolean } },
      { when: binary('=', length, number(0)), then: { kind: 'boolean', value: !any } },
      { when: isNull(left), then: { kind: 'null' } },
      { when: call('list_contains', array, left), then: { kind: 'boolean', value: any } },
      { when: binary('<', present, length), then: { kind: 'null' } },
    ],
    otherwise: { kind: 'boolean', value: !any },
  };
}

const boolean = { path: ['BOOLEAN'], modifiers: [], dimensions: 0 };
