/**
 * allowed_cubes and denied_cubes: strict as DataBrewery's documentation has them, and by `order` as its code has them
 * (cubes/auth.py, SimpleAuthorizer).
 */
import { describe, expect, it } from 'vitest';
import { matchesName, permitsCubeOf, permitsTable, readNamePattern } from '../../src/access/rights/name-pattern.ts';
import type { Right, RightsMode } from '../../src/access/rights/rights.ts';

const AT = { file: 'rights.json', line: 1, column: 1 };

function right(allowed: readonly string[] | undefined, denied: readonly string[]): Right {
  const patterns = (names: readonly string[]) => names.map((name) => readNamePattern(name, AT) ?? expect.fail(name));
  return {
    name: 'x',
    at: AT,
    roles: [],
    allowed: allowed && patterns(allowed),
    denied: patterns(denied),
    restrictions: new Map(),
    limits: new Map(),
  };
}

describe('a pattern', () => {
  it.each<[string, string, boolean]>([
    ['*', 'sales', true],
    ['sales', 'sales', true],
    ['sales', 'Sales', false],
    ['sales', 'sales_eu', false],
    ['sa*', 'sales', true],
    ['sa*', 'sa', true],
    ['sa*', 'usa', false],
    ['*_eu', 'sales_eu', true],
    ['*_eu', '_eu', true],
    ['*_eu', 'sales_eu2', false],
  ])('%s matches %s: %s', (text, name, expected) => {
    const pattern = readNamePattern(text, AT);
    expect(pattern === undefined ? undefined : matchesName(pattern, name)).toBe(expected);
  });

  it.each(['*mid*', 'a*b', '**', '*a*b'])('%s is refused: to DataBrewery it matches nothing useful', (text) => {
    expect(readNamePattern(text, AT)).toBeUndefined();
  });
});

describe('the order of DataBrewery', () => {
  // | | deny_allow: allow or not deny | allow_deny: allow and not deny |
  it.each<[string, string[] | undefined, string[], boolean, boolean, boolean]>([
    ['allow only', ['sales'], [], true, true, true],
    ['deny only', undefined, ['sales'], false, false, false],
    ['neither', undefined, [], true, false, true],
    ['both', ['sales'], ['sales'], true, false, false],
    ['another allowed', ['other'], [], true, false, false],
    ['another denied', undefined, ['other'], true, false, true],
    ['another allowed, this denied', ['other'], ['sales'], false, false, false],
    ['denied by star, allowed by name', ['sales'], ['*'], true, false, false],
    ['allowed by star, denied by name', ['*'], ['sales'], true, false, false],
    ['an empty list', [], [], true, false, false],
  ])('%s', (_, allowed, denied, denyAllow, allowDeny, strict) => {
    const held = right(allowed, denied);
    const permitted = (mode: RightsMode): boolean => permitsTable(held, mode, 'sales', []);
    expect({
      deny_allow: permitted('deny_allow'),
      allow_deny: permitted('allow_deny'),
      strict: permitted('strict'),
    }).toEqual({
      deny_allow: denyAllow,
      allow_deny: allowDeny,
      strict,
    });
  });
});

describe('a view over the cubes a and b', () => {
  /** The view itself, then its cubes: `-` is not seen. */
  const seen = (allowed: readonly string[] | undefined, denied: readonly string[], mode: RightsMode): string => {
    const held = right(allowed, denied);
    const cubes = ['a', 'b'].map((cube) => (permitsCubeOf(held, mode, 'view', cube) ? cube : '-'));
    return permitsTable(held, mode, 'view', ['a', 'b']) ? cubes.join('') : 'none';
  };

  it.each<[string[] | undefined, string[], string, string, string]>([
    // allowed, denied, strict, deny_allow, allow_deny
    [undefined, [], 'ab', 'ab', 'none'],
    [['view'], [], 'ab', 'ab', 'ab'],
    [['a', 'b'], [], 'ab', 'ab', 'ab'],
    [['a'], [], 'none', 'ab', 'none'],
    [['other'], [], 'none', 'ab', 'none'],
    [[], [], 'none', 'ab', 'none'],
    [['*'], [], 'ab', 'ab', 'ab'],
    [undefined, ['view'], 'none', 'none', 'none'],
    [undefined, ['b'], 'a-', 'a-', 'none'],
    [undefined, ['*'], 'none', 'none', 'none'],
    [['view'], ['b'], 'a-', 'a-', 'a-'],
    [['*'], ['b'], 'a-', 'ab', 'a-'],
    [['view', 'b'], ['b'], 'a-', 'ab', 'a-'],
    [['a', 'b'], ['b'], 'a-', 'ab', 'a-'],
    [['a', 'b'], ['view'], 'none', 'ab', 'none'],
    // How deny_allow is told "this and nothing else".
    [['view'], ['*'], 'none', 'ab', 'none'],
    [['view'], ['*', 'b'], 'none', 'a-', 'none'],
    [['a'], ['*'], 'none', 'none', 'none'],
    [['a', 'b'], ['*'], 'none', 'ab', 'none'],
  ])('allowed %j, denied %j', (allowed, denied, strict, denyAllow, allowDeny) => {
    const found = (['strict', 'deny_allow', 'allow_deny'] as const).map((mode) => seen(allowed, denied, mode));
    expect(found).toEqual([strict, denyAllow, allowDeny]);
  });
});
