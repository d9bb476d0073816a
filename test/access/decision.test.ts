/**
 * decide() as a table: which members and which rows a context gets, and which claims are refused (contract 7.2, 7.3;
 * security study, part c).
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { findClaim } from '../../src/access/claims.ts';
import type { Claim, SecurityContext } from '../../src/access/context.ts';
import { columns, context, decideFor, type Loaded, loadYaml, rows } from './deciding.ts';

const CUBE = (policy: string): string => `
cubes:
  - name: t
    sql_table: t
    public: true
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: a, sql: a, type: string }
      - { name: b, sql: b, type: string }
      - { name: c, sql: c, type: string, public: false }
      - { name: n_int4, sql: n, type: number }
      - { name: n_int8, sql: n, type: number }
      - { name: n_float8, sql: n, type: number }
      - { name: number, sql: n, type: number }
      - { name: k_uuid, sql: k, type: string }
      - { name: ok_bool, sql: ok, type: boolean }
      - { name: at, sql: at, type: time }
      - { name: on_date, sql: day, type: time }
    measures:
      - { name: count, type: count }
    access_policy:
${policy}
`;

describe('policies that match', () => {
  const policies = CUBE(`
      - group: x
        member_level: { includes: [id, a] }
        row_level: { filters: [{ member: a, operator: equals, values: [x] }] }
      - group: y
        member_level: { includes: [id, b] }
        row_level: { filters: [{ member: b, operator: equals, values: [y] }] }
      - group: z
        row_level: { allow_all: true }
      - groups: [p, q]
        member_level: { includes: "*", excludes: [b] }`);
  let loaded: Loaded;
  beforeAll(async () => {
    loaded = await loadYaml(policies);
  });

  const ALL = ['id', 'a', 'b', 'n_int4', 'n_int8', 'n_float8', 'number', 'k_uuid', 'ok_bool', 'at', 'on_date', 'count'];
  it.each<[string[], string[] | undefined]>([
    [[], undefined],
    [['nobody'], undefined],
    [['x'], ['id', 'a']],
    [['y'], ['id', 'b']],
    [
      ['x', 'y'],
      ['id', 'a', 'b'],
    ],
    [['z'], ALL],
    [['p'], ALL.filter((name) => name !== 'b')],
    [['q', 'y'], ALL],
    [['toString'], undefined],
    [['X'], undefined],
  ])('members unite: groups %j see %j', (groups, seen) => {
    expect(columns(decideFor(loaded, {}, groups), 't')).toEqual(seen);
  });

  it.each<[string[], string[], string[]]>([
    [['x'], ['a'], ["a = 'x'"]],
    [['x'], [], ["a = 'x'"]],
    // One member, granted by both: either filter. Two members, each granted by one: both filters.
    [['x', 'y'], ['id'], ["(a = 'x' or b = 'y')"]],
    [['x', 'y'], ['a'], ["a = 'x'"]],
    [
      ['x', 'y'],
      ['a', 'b'],
      ["a = 'x'", "b = 'y'"],
    ],
    [
      ['x', 'y'],
      ['id', 'a'],
      ["(a = 'x' or b = 'y')", "a = 'x'"],
    ],
    // None used: the OR of those that match.
    [['x', 'y'], [], ["(a = 'x' or b = 'y')"]],
    [['x', 'z'], ['a'], []],
    [['x', 'z'], ['id', 'a'], []],
    // p shows all but b, and all rows; b comes from y, with y's rows.
    [['p', 'y'], ['b'], ["b = 'y'"]],
    [['p', 'y'], ['a'], []],
    [['p', 'y'], ['a', 'b'], ["b = 'y'"]],
    [[], ['a'], ['false']],
    [['nobody'], [], ['false']],
  ])('rows: groups %j reading %j are held by %j', (groups, read, filters) => {
    expect(rows(decideFor(loaded, {}, groups), 't', read)).toEqual(filters);
  });

  it('a table that is not there has no rows either', () => {
    expect(rows(decideFor(loaded, {}, ['z']), 'no_such_table', [])).toEqual(['false']);
  });

  it('contexts that differ in values alone have one shape, and others have not', async () => {
    const one = await loadYaml(
      CUBE(`
      - group: x
        row_level: { filters: [{ member: a, operator: equals, values: ["{ securityContext.a }"] }] }
      - group: y
        row_level: { allow_all: true }`),
    );
    const shape = (claims: Readonly<Record<string, unknown>>, ...groups: string[]) =>
      decideFor(one, claims, groups).shape;
    expect(shape({ a: '1' }, 'x')).toBe(shape({ a: '2' }, 'x'));
    expect(shape({ a: ['1'] }, 'x')).toBe(shape({ a: '2' }, 'x'));
    expect(shape({ a: ['1', '2'] }, 'x')).not.toBe(shape({ a: '2' }, 'x'));
    expect(shape({ a: [] }, 'x')).not.toBe(shape({ a: '2' }, 'x'));
    expect(shape({ a: '1' }, 'x')).not.toBe(shape({ a: '1' }, 'y'));
    expect(shape({ a: '1' }, 'x')).not.toBe(shape({ a: '1' }, 'x', 'y'));
    expect(shape({}, 'x')).not.toBe(shape({ a: '1' }, 'x'));
  });
});

describe('a view over cubes', () => {
  let loaded: Loaded;
  beforeAll(async () => {
    loaded = await loadYaml(`
cubes:
  - name: orders
    sql_table: orders
    public: true
    joins: [{ name: people, relationship: many_to_one, sql: "{CUBE}.p = {people}.id" }]
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: a, sql: a, type: string }
      - { name: t, sql: t, type: string, public: false }
    access_policy:
      - group: "*"
        member_level: { includes: [id] }
        row_level: { filters: [{ member: t, operator: equals, values: ["{ securityContext.t }"] }] }
  - name: people
    sql_table: people
    public: true
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: name, sql: name, type: string }
      - { name: mail, sql: mail, type: string }
    access_policy:
      - group: staff
        member_level: { includes: [name] }
        row_level: { filters: [{ member: id, operator: gt, values: [0] }] }
views:
  - name: open
    cubes:
      - { join_path: orders, includes: [id, a] }
      - { join_path: orders.people, includes: [name, mail] }
  - name: ruled
    cubes:
      - { join_path: orders, includes: [id, a] }
      - { join_path: orders.people, includes: [name, mail] }
    access_policy:
      - group: "*"
        member_level: { includes: [id, a, mail] }
        row_level: { filters: [{ member: a, operator: equals, values: [v] }] }
`);
  });

  it('without a policy of its own shows what the cubes show', () => {
    expect(columns(decideFor(loaded, { t: '1' }, ['staff']), 'open')).toEqual(['id', 'name']);
    expect(columns(decideFor(loaded, { t: '1' }, []), 'open')).toEqual(['id']);
  });

  it('with one shows what that says, and row filters add', () => {
    const decision = decideFor(loaded, { t: '1' }, ['staff']);
    expect(columns(decision, 'ruled')).toEqual(['id', 'a', 'mail']);
    expect(rows(decision, 'ruled', ['id'])).toEqual(["a = 'v'", "t = '1'"]);
    expect(rows(decision, 'ruled', ['mail'], [['people']])).toEqual(["a = 'v'", "t = '1'", "people.id > '0'"]);
  });

  it('a joined cube of which no policy matches gives no rows once it is read', () => {
    const decision = decideFor(loaded, { t: '1' }, []);
    expect(rows(decision, 'ruled', ['id'])).toEqual(["a = 'v'", "t = '1'"]);
    expect(rows(decision, 'ruled', ['mail'], [['people']])).toEqual(["a = 'v'", "t = '1'", 'false']);
  });

  it('a claim that a cube needs and the token lacks takes every table of the cube away', () => {
    const { model } = decideFor(loaded, {}, ['staff']);
    expect([...model.tables.keys()]).toEqual(['people']);
    expect([...model.denied].map(([name, error]) => [name, error.code, error.message])).toEqual([
      ['open', '42501', 'security context lacks "t"'],
      ['orders', '42501', 'security context lacks "t"'],
      ['ruled', '42501', 'security context lacks "t"'],
    ]);
  });
});

describe('a claim in a filter (cases C01–C22)', () => {
  const outcome = async (member: string, operator: string, claim: unknown): Promise<string> => {
    const loaded = await loadYaml(
      CUBE(`
      - group: "*"
        row_level: { filters: [{ member: ${member}, operator: ${operator}, values: "{ securityContext.x }" }] }`),
    );
    const decision = decideFor(loaded, claim === undefined ? {} : { x: claim }, []);
    const denied = decision.model.denied.get('t');
    if (denied !== undefined) return `${denied.code} ${denied.message}`;
    return rows(decision, 't', ['id']).join(' and ');
  };
  const mustBe = (member: string, type: string): string => `42501 a value for "${member}" must be a ${type}`;
  const LACKS = '42501 security context lacks "x"';

  it.each<[string, string, string, unknown, string]>([
    ['C01', 'a', 'equals', "x' OR '1'='1", "a = 'x' OR '1'='1'"],
    ['C02', 'n_int4', 'equals', '1 OR 1=1', mustBe('n_int4', 'integer')],
    ['C03', 'a', 'equals', "a\\' OR 1=1--", "a = 'a\\' OR 1=1--'"],
    ['C03', 'a', 'equals', 'a\u0000b', mustBe('a', 'text')],
    ['C03', 'a', 'equals', '\ud800', mustBe('a', 'text')],
    ['C04', 'a', 'equals', '{{7*7}}', "a = '{{7*7}}'"],
    ['C04', 'a', 'equals', '{ securityContext.y }', "a = '{ securityContext.y }'"],
    ['C05', 'a', 'equals', undefined, LACKS],
    ['C06', 'a', 'equals', null, LACKS],
    ['C06', 'a', 'notEquals', null, LACKS],
    ['C08', 'a', 'equals', [], 'false'],
    ['C08', 'a', 'in', [], 'false'],
    ['C08', 'a', 'notEquals', [], 'false'],
    ['C08', 'a', 'notIn', [], 'false'],
    ['C08', 'a', 'contains', [], 'false'],
    ['C08', 'a', 'notContains', [], 'false'],
    ['C08', 'a', 'notStartsWith', [], 'false'],
    ['C08', 'n_int4', 'gt', [], '42501 filter operator gt takes one value'],
    ['C09', 'a', 'equals', [null], mustBe('a', 'text')],
    ['C09', 'a', 'notIn', ['a', null], mustBe('a', 'text')],
    ['C10', 'n_int4', 'gt', [1, 2], '42501 filter operator gt takes one value'],
    ['C10', 'n_int4', 'equals', [[5]], mustBe('n_int4', 'integer')],
    ['C11', 'a', 'in', 'US', "a = 'US'"],
    ['C12', 'a', 'equals', { toString: 'x' }, mustBe('a', 'text')],
    ['C12', 'n_int4', 'equals', { valueOf: 1 }, mustBe('n_int4', 'integer')],
    ['C14', 'n_int4', 'equals', 0, "n_int4 = '0'"],
    ['C14', 'n_int4', 'equals', '', mustBe('n_int4', 'integer')],
    ['C14', 'n_int4', 'equals', false, mustBe('n_int4', 'integer')],
    ...['0x10', ' 12 ', '1e3', '١٢', '+5', '1.0', '01', '--1', '1_000', ''].map(
      (text): [string, string, string, unknown, string] => [
        'C15',
        'n_int4',
        'equals',
        text,
        mustBe('n_int4', 'integer'),
      ],
    ),
    ['C15', 'n_int4', 'equals', '-12', "n_int4 = '-12'"],
    ['C15', 'n_int4', 'equals', '2147483648', mustBe('n_int4', 'integer')],
    ['C15', 'n_int4', 'equals', '-2147483648', "n_int4 = '-2147483648'"],
    ['C16', 'n_int8', 'equals', 9007199254740993n, "n_int8 = '9007199254740993'"],
    ['C16', 'n_int8', 'equals', '9007199254740993', "n_int8 = '9007199254740993'"],
    ['C16', 'n_int8', 'equals', 2 ** 53, mustBe('n_int8', 'bigint')],
    ['C16', 'n_int8', 'equals', 2n ** 63n, mustBe('n_int8', 'bigint')],
    ['C17', 'number', 'lt', Number.POSITIVE_INFINITY, mustBe('number', 'numeric')],
    ['C17', 'number', 'lt', Number.NaN, mustBe('number', 'numeric')],
    ['C17', 'number', 'lt', 'NaN', mustBe('number', 'numeric')],
    ['C17', 'n_float8', 'lt', 'Infinity', mustBe('n_float8', 'double precision')],
    ['C17', 'number', 'lt', -0, "number < '0'"],
    ['C17', 'number', 'lt', 1e21, mustBe('number', 'numeric')],
    ['C17', 'number', 'lt', 1.5, "number < '1.5'"],
    ['C17', 'n_int4', 'lt', 1.5, mustBe('n_int4', 'integer')],
    ['C18', 'ok_bool', 'equals', true, "ok_bool = 'true'"],
    ['C18', 'ok_bool', 'equals', 'yes', mustBe('ok_bool', 'boolean')],
    ['C18', 'ok_bool', 'equals', 1, mustBe('ok_bool', 'boolean')],
    ['C18', 'a', 'equals', true, mustBe('a', 'text')],
    ['C22', 'a', 'contains', '%', "a contains '%'"],
    ['C22', 'a', 'startsWith', '_', "a startsWith '_'"],
    ['C22', 'a', 'endsWith', 'a\\', "a endsWith 'a\\'"],
    ['C25', 'a', 'in', ["a','b", 'x)--'], `a any '{"a','b","x)--"}'`],
    ['C25', 'a', 'in', ['a"b', 'c\\d', '{,}'], `a any '{"a\\"b","c\\\\d","{,}"}'`],
    ['', 'k_uuid', 'equals', 'A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11', "k_uuid = 'A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11'"],
    ['', 'k_uuid', 'equals', 'a0eebc999c0b4ef8bb6d6bb9bd380a11', mustBe('k_uuid', 'uuid')],
    // Negated ones keep rows without a value.
    ['', 'a', 'notEquals', 'x', "(a <> 'x' or a is null)"],
    ['', 'a', 'notIn', ['x', 'y'], `(not a any '{"x","y"}' or a is null)`],
    ['', 'a', 'notContains', ['x', 'y'], "((not a contains 'x' and not a contains 'y') or a is null)"],
    // A date alone is its whole day.
    ['', 'at', 'beforeDate', '2024-02-28', "at < '2024-02-28'"],
    ['', 'at', 'beforeOrOnDate', '2024-02-28', "at < '2024-02-29'"],
    ['', 'at', 'afterDate', '2024-02-28', "at >= '2024-02-29'"],
    ['', 'at', 'afterOrOnDate', '2024-02-28', "at >= '2024-02-28'"],
    ['', 'at', 'onTheDate', '2024-12-31', "(at >= '2024-12-31' and at < '2025-01-01')"],
    ['', 'at', 'inDateRange', ['2024-01-01', '2024-01-31'], "(at >= '2024-01-01' and at < '2024-02-01')"],
    ['', 'at', 'notInDateRange', ['2024-01-01', '2024-01-31'], "(at < '2024-01-01' or at >= '2024-02-01')"],
    ['', 'at', 'afterDate', '2024-02-28 12:00:00', "at > '2024-02-28 12:00:00'"],
    [
      '',
      'at',
      'inDateRange',
      ['2024-01-01', '2024-01-31', '2025-01-01'],
      '42501 filter operator inDateRange takes one or two dates',
    ],
    ['', 'at', 'inDateRange', [], '42501 filter operator inDateRange takes one or two dates'],
    ['', 'at', 'afterDate', 'last week', mustBe('at', 'timestamp without time zone')],
    ['', 'at', 'afterDate', "2024-01-01' OR 1=1", mustBe('at', 'timestamp without time zone')],
    ['', 'at', 'afterDate', 'infinity', mustBe('at', 'timestamp without time zone')],
    ['', 'at', 'afterDate', 20240101, mustBe('at', 'timestamp without time zone')],
  ])('%s %s %s (%#)', async (_, member, operator, claim, expected) => {
    expect(await outcome(member, operator, claim)).toBe(expected);
  });

  it.each(['toString', 'constructor', 'hasOwnProperty', '__proto__', 'then', 'valueOf'])(
    '%s is a claim only if the token has it (C20, C21)',
    (name) => {
      expect(findClaim({ a: '1' }, [name])).toBeUndefined();
      expect(findClaim(context({ a: '1' }), [name])).toBeUndefined();
      expect(findClaim({ a: 'text' } as SecurityContext, ['a', 'length'])).toBeUndefined();
      expect(findClaim({ a: ['x'] } as SecurityContext, ['a', '0'])).toBeUndefined();
    },
  );
});

describe('a condition', () => {
  const visible = async (condition: string, claims: Readonly<Record<string, Claim>>): Promise<string> => {
    const loaded = await loadYaml(
      CUBE(`
      - group: "*"
        conditions: [{ if: "{ ${condition} }" }]
        row_level: { allow_all: true }`),
    );
    const { model } = decideFor(loaded, claims, []);
    const denied = model.denied.get('t');
    return denied === undefined ? (model.tables.has('t') ? 'shown' : 'hidden') : `${denied.code} ${denied.message}`;
  };

  it.each<[string, Record<string, Claim>, string]>([
    ['securityContext.ok', { ok: true }, 'shown'],
    ['securityContext.ok', { ok: false }, 'hidden'],
    ['securityContext.ok', {}, 'hidden'],
    ['securityContext.ok', { ok: null }, 'hidden'],
    ['securityContext.ok', { ok: 0 }, 'hidden'],
    ['securityContext.ok', { ok: '' }, 'hidden'],
    // C18
    ['securityContext.ok', { ok: 'true' }, '42501 claim "ok" must be a boolean'],
    ['securityContext.ok', { ok: 'false' }, '42501 claim "ok" must be a boolean'],
    ['securityContext.ok', { ok: '0' }, '42501 claim "ok" must be a boolean'],
    ['securityContext.ok', { ok: 1 }, '42501 claim "ok" must be a boolean'],
    ['securityContext.ok', { ok: [] }, '42501 claim "ok" must be a boolean'],
    ['securityContext.ok', { ok: {} }, '42501 claim "ok" must be a boolean'],
    ['securityContext.toString', {}, 'hidden'],
    // What is missing opens nothing.
    ['not securityContext.blocked', {}, '42501 security context lacks "blocked"'],
    ['not securityContext.blocked', { blocked: null }, '42501 security context lacks "blocked"'],
    ['not securityContext.blocked', { blocked: false }, 'shown'],
    ['not securityContext.blocked', { blocked: true }, 'hidden'],
    ['not (securityContext.blocked or securityContext.guest)', {}, '42501 security context lacks "blocked"'],
    [
      'not (securityContext.blocked or securityContext.guest)',
      { blocked: false },
      '42501 security context lacks "guest"',
    ],
    [
      'not (securityContext.blocked and securityContext.guest)',
      { blocked: false },
      '42501 security context lacks "guest"',
    ],
    ['not (securityContext.blocked or securityContext.guest)', { blocked: false, guest: false }, 'shown'],
    ["securityContext.role != 'guest'", {}, '42501 security context lacks "role"'],
    ["securityContext.role != 'guest'", { role: 'staff' }, 'shown'],
    ["securityContext.role != 'guest'", { role: 'guest' }, 'hidden'],
    ["securityContext.role != 'guest'", { role: ['guest'] }, '42501 claims of different types cannot be compared'],
    ["securityContext.role != 'guest'", { role: 7 }, '42501 claims of different types cannot be compared'],
    ["securityContext.role == 'staff'", { role: 'staff' }, 'shown'],
    ["securityContext.role == 'staff'", { role: ['staff'] }, 'hidden'],
    ["securityContext.role == 'staff'", { role: 'Staff' }, 'hidden'],
    ['securityContext.level > 3', { level: 4 }, 'shown'],
    ['securityContext.level > 3', { level: '4' }, '42501 claims of different types cannot be compared'],
    ['securityContext.level == 3', { level: 3n }, 'shown'],
    ['securityContext.level == 3', { level: '3' }, 'hidden'],
    ["securityContext.role in ['a', 'b']", { role: 'b' }, 'shown'],
    ["securityContext.role in ['a', 'b']", { role: 'c' }, 'hidden'],
    ["securityContext.role not in ['a', 'b']", {}, '42501 security context lacks "role"'],
    ["securityContext.role not in ['a', 'b']", { role: ['a'] }, '42501 claims of different types cannot be compared'],
    ["securityContext.role not in ['a', 'b']", { role: 'c' }, 'shown'],
  ])('%s (%#)', async (condition, claims, expected) => {
    expect(await visible(condition, claims)).toBe(expected);
  });
});
