/**
 * What a right leaves of cubes and views, and how it meets policies: every system that applies must let a row through,
 * and show a member (contract 7, head).
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDecision } from '../../src/access/decision.ts';
import { heldRight } from '../../src/access/rights/rights.ts';
import { SqlError } from '../../src/errors.ts';
import { columns, decideFor, type Loaded, loadYaml, rightsOf, rows } from './deciding.ts';

const TYPES = `
cubes:
  - name: t
    sql_table: t
    public: true
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: a, sql: a, type: string }
      - { name: n_int4, sql: n, type: number }
      - { name: m_int4, sql: m, type: number }
      - { name: k_int4, sql: k, type: number }
      - { name: number, sql: n, type: number }
      - { name: k_uuid, sql: k, type: string }
      - { name: ok_bool, sql: ok, type: boolean }
      - { name: at, sql: at, type: time }
      - { name: on_date, sql: day, type: time }
    hierarchies:
      - { name: h, levels: [n_int4, m_int4, k_int4] }
      - { name: a, levels: [a, n_int4] }
`;

describe('a cut over levels', () => {
  let loaded: Loaded;
  beforeAll(async () => {
    loaded = await loadYaml(TYPES);
  });
  const filterOf = async (cut: unknown): Promise<string> => {
    try {
      const rights = await rightsOf(loaded, { 'rights.json': { u: { cell_restrictions: { t: [cut] } } } });
      return rows(decideFor(loaded, {}, [], heldRight(rights, 'u')), 't', ['id']).join(' AND ');
    } catch (error) {
      return error instanceof Error ? error.message.replace(/^access\/rights\.json:1:\d+: /, '') : String(error);
    }
  };

  it.each<[unknown, string]>([
    ['a:x', "a = 'x'"],
    ['!a:x', "a <> 'x'"],
    ['a:', "a = ''"],
    ['a:__null__', 'a is null'],
    ['!a:__null__', 'a is not null'],
    ['a:x;y', 'a any \'{"x","y"}\''],
    ['!a:x;y', 'not a any \'{"x","y"}\''],
    ['a:x;__null__', "(a = 'x' or a is null)"],
    ['!a:x;__null__', "(a <> 'x' and a is not null)"],
    ['a:"\\\\;{}', 'a any \'{"\\"\\\\","{}"}\''],
    ['a:b-d', "(a >= 'b' and a <= 'd')"],
    ['!a:b-d', "(a < 'b' or a > 'd')"],
    ['a:b-', "a >= 'b'"],
    ['!a:b-', "a < 'b'"],
    ['!a:-', 'false'],
    ["a:x' OR '1'='1", "a = 'x' OR '1'='1'"],
    // Levels
    ['h:1', "n_int4 = '1'"],
    ['h:1,2', "(n_int4 = '1' and m_int4 = '2')"],
    ['!h:1,2', "(n_int4 <> '1' or m_int4 <> '2')"],
    ['h:1,2;3', "((n_int4 = '1' and m_int4 = '2') or n_int4 = '3')"],
    ['h:1,2-', "((n_int4 = '1' and m_int4 >= '2') or n_int4 > '1')"],
    [
      'h:1,2,3-',
      "((n_int4 = '1' and m_int4 = '2' and k_int4 >= '3') or (n_int4 = '1' and m_int4 > '2') or n_int4 > '1')",
    ],
    [
      'h:-1,2,3',
      "((n_int4 = '1' and m_int4 = '2' and k_int4 <= '3') or (n_int4 = '1' and m_int4 < '2') or n_int4 < '1')",
    ],
    ['h:1-1,2', "(n_int4 >= '1' and ((n_int4 = '1' and m_int4 <= '2') or n_int4 < '1'))"],
    ['!h:1,2-', "((n_int4 <> '1' or m_int4 < '2') and n_int4 <= '1')"],
    ['h:\\-5', "n_int4 = '-5'"],
    ['n_int4@h:1,2', "(n_int4 = '1' and m_int4 = '2')"],
    ['h@default:1', "n_int4 = '1'"],
    // A dimension of a hierarchy's name comes first, `@` picks the hierarchy.
    ['a@a:x,1', "(a = 'x' and n_int4 = '1')"],
    ['a@default:x', "a = 'x'"],
    [{ type: 'point', dimension: 'h', path: [1, null] }, "(n_int4 = '1' and m_int4 is null)"],
    // Values of their type
    ['number:1.50', "number = '1.50'"],
    ['ok_bool:true', "ok_bool = 'true'"],
    ['on_date:2024\\-02\\-29', "on_date = '2024-02-29'"],
    ['k_uuid:00000000\\-0000\\-4000\\-8000\\-000000000001', "k_uuid = '00000000-0000-4000-8000-000000000001'"],
    // A date alone is its whole day.
    ['at:2024\\-02\\-29', "(at >= '2024-02-29' and at < '2024-03-01')"],
    ['!at:2024\\-02\\-29', "(at < '2024-02-29' or at >= '2024-03-01')"],
    ['at:2024\\-02\\-28-2024\\-02\\-29', "(at >= '2024-02-28' and at < '2024-03-01')"],
    [
      'at:2024\\-02\\-28;2024\\-02\\-29 10\\:00',
      "((at >= '2024-02-28' and at < '2024-02-29') or at = '2024-02-29 10:00')",
    ],
    // What is not of the type
    ['n_int4:1.0', 'error: "n_int4:1.0": a value for "n_int4" must be a integer, not "1.0"'],
    ['n_int4:01', 'error: "n_int4:01": a value for "n_int4" must be a integer, not "01"'],
    ['n_int4: 1', 'error: "n_int4: 1": a value for "n_int4" must be a integer, not " 1"'],
    ['n_int4:1 OR 1=1', 'error: "n_int4:1 OR 1=1": a value for "n_int4" must be a integer, not "1 OR 1=1"'],
    ['n_int4:3000000000', 'error: "n_int4:3000000000": a value for "n_int4" must be a integer, not "3000000000"'],
    ['h:1,x', 'error: "h:1,x": a value for "m_int4" must be a integer, not "x"'],
    ['h:1;x', 'error: "h:1;x": a value for "n_int4" must be a integer, not "x"'],
    ['ok_bool:yes', 'error: "ok_bool:yes": a value for "ok_bool" must be a boolean, not "yes"'],
    [
      'on_date:2024\\-13\\-01',
      'error: "on_date:2024\\-13\\-01": a value for "on_date" must be a date, not "2024-13-01"',
    ],
    ['k_uuid:x', 'error: "k_uuid:x": a value for "k_uuid" must be a uuid, not "x"'],
    // Paths that are too long
    [
      'number:1,2',
      'error: "number:1,2" has 2 values, but "number" is one level; "\\," is a comma, "number@HIERARCHY" picks a hierarchy',
    ],
    ['h:1,2,3,4', 'error: "h:1,2,3,4" has 4 values, but "h" has 3 levels'],
    ['h:1-1,2,3,4', 'error: "h:1-1,2,3,4" has 4 values, but "h" has 3 levels'],
  ])('%j', async (cut, expected) => {
    expect(await filterOf(cut)).toBe(expected);
  });

  it('that is open at both ends is none', async () => {
    expect(await filterOf('h:-')).toBe('');
  });

  it('holds beside the others', async () => {
    const u = { roles: ['r'], cell_restrictions: { t: ['a:x', 'h:1'], '*': ['ok_bool:true'] } };
    const r = { cube_restrictions: { t: ['a:y'] } };
    const rights = await rightsOf(loaded, { 'rights.json': { u }, 'roles.json': { r } });
    const decision = decideFor(loaded, {}, [], heldRight(rights, 'u'));
    expect(rows(decision, 't', ['id'])).toEqual(["a = 'x'", "n_int4 = '1'", "a = 'y'", "ok_bool = 'true'"]);
  });

  it('shares its shape with others of other values', async () => {
    const restricted = (cut: string) => ({ cell_restrictions: { t: [cut] } });
    const files = {
      'rights.json': { a: restricted('h:1'), b: restricted('h:2'), c: restricted('!h:2'), d: {}, e: restricted('a:2') },
    };
    const rights = await rightsOf(loaded, files);
    const shape = (identity: string) => decideFor(loaded, {}, [], heldRight(rights, identity)).shape;
    expect(shape('a')).toBe(shape('b'));
    expect(new Set(['a', 'c', 'd', 'e', 'nobody'].map(shape)).size).toBe(5);
  });
});

const MODEL = `
cubes:
  - name: orders
    sql_table: orders
    public: true
    joins:
      - { name: people, relationship: many_to_one, sql: "{CUBE}.p = {people}.id" }
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: a, sql: a, type: string }
      - { name: t, sql: t, type: string, public: false }
      - { name: label, sql: "{people.name}", type: string }
    measures:
      - { name: count, type: count }
    hierarchies:
      - { name: way, levels: [a, people.name, people.mail] }
    access_policy:
      - group: seller
        member_level: { includes: [id, a, label, count] }
        row_level: { filters: [{ member: t, operator: equals, values: ["{ securityContext.t }"] }] }
      - group: chief
        row_level: { allow_all: true }
  - name: people
    sql_table: people
    public: true
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: name, sql: name, type: string }
      - { name: mail, sql: mail, type: string }
      - { name: who, sql: who, type: string }
  - name: notes
    sql_table: notes
    public: true
    dimensions:
      - { name: id, sql: id, type: number, primary_key: true, public: true }
      - { name: mail, sql: mail, type: string }
views:
  - name: open
    cubes:
      - { join_path: orders, includes: [id, a, label, count] }
      - { join_path: orders.people, includes: [name, mail] }
  - name: ruled
    cubes:
      - { join_path: orders, includes: [id, a] }
      - { join_path: orders.people, includes: [name, { name: mail, alias: post }, who] }
    access_policy:
      - group: "*"
        member_level: { includes: [id, a, name, post] }
        row_level: { filters: [{ member: a, operator: equals, values: [v] }] }
`;

describe('rights and policies', () => {
  let loaded: Loaded;
  beforeAll(async () => {
    loaded = await loadYaml(MODEL);
  });
  const decided = async (right: unknown, groups: readonly string[] = ['seller'], ini = ''): Promise<PolicyDecision> => {
    const rights = await rightsOf(loaded, { 'rights.json': { u: right }, 'slicer.ini': ini });
    return decideFor(loaded, { t: '1' }, groups, heldRight(rights, 'u'));
  };
  /** `table: columns`, one line a table. */
  const seen = ({ model }: PolicyDecision): readonly string[] =>
    [...model.tables.values()].map((table) => `${table.name}: ${table.columns.map(({ name }) => name).join(' ')}`);

  const NOTES = 'notes: id mail';
  const PEOPLE = 'people: id name mail who';
  it.each<[string, unknown, readonly string[]]>([
    [
      'an empty right leaves what policies leave',
      {},
      [NOTES, 'open: id a label count name mail', 'orders: id a label count', PEOPLE, 'ruled: id a name post'],
    ],
    [
      'what is allowed is still cut by policies',
      { allowed_cubes: ['open', 'orders'] },
      ['open: id a label count name mail', 'orders: id a label count'],
    ],
    [
      'a view that is not named, with all of its cubes',
      { allowed_cubes: ['orders', 'people'] },
      ['open: id a label count name mail', 'orders: id a label count', PEOPLE, 'ruled: id a name post'],
    ],
    ['and with one of them', { allowed_cubes: ['orders'] }, ['orders: id a label count']],
    ['a view alone', { allowed_cubes: ['ruled'] }, ['ruled: id a name post']],
    [
      'a joined cube that is denied gives no members, neither by itself nor through another',
      { denied_cubes: ['people'] },
      [NOTES, 'open: id a count', 'orders: id a count', 'ruled: id a'],
    ],
    [
      'a view that is denied',
      { denied_cubes: ['open'] },
      [NOTES, 'orders: id a label count', PEOPLE, 'ruled: id a name post'],
    ],
    ['a root that is denied', { denied_cubes: ['orders'] }, [NOTES, 'open: name mail', PEOPLE, 'ruled: name post']],
    ['both denied', { denied_cubes: ['orders', 'people'] }, [NOTES]],
    [
      'a level that is hidden, wherever it is reached',
      { hierarchy_limits: { orders: ['way:a'] } },
      [NOTES, 'open: id a label count', 'orders: id a label count', PEOPLE, 'ruled: id a'],
    ],
    [
      'a level of a joined cube’s own',
      { hierarchy_limits: { people: [['mail', null, null]] } },
      [NOTES, 'open: id a label count name', 'orders: id a label count', 'people: id name who', 'ruled: id a name'],
    ],
    [
      'a level of a view alone',
      { hierarchy_limits: { ruled: ['post'] } },
      [NOTES, 'open: id a label count name mail', 'orders: id a label count', PEOPLE, 'ruled: id a name'],
    ],
    [
      'a level everywhere',
      { hierarchy_limits: { '*': ['mail'] } },
      [
        'notes: id',
        'open: id a label count name',
        'orders: id a label count',
        'people: id name who',
        'ruled: id a name',
      ],
    ],
  ])('members: %s', async (_, right, expected) => {
    expect(seen(await decided(right))).toEqual(expected);
  });

  it('a member shown by rights and hidden by a policy is hidden', async () => {
    const decision = await decided({ allowed_cubes: ['*'] });
    expect(columns(decision, 'ruled')).not.toContain('who');
    expect(columns(decision, 'orders')).toEqual(['id', 'a', 'label', 'count']);
    expect(columns(await decided({ allowed_cubes: ['*'] }, ['nobody']), 'orders')).toBeUndefined();
  });

  it('rows: both hold, those of the view, its root and the cubes that are read', async () => {
    const right = { cell_restrictions: { orders: ['a:x'], people: ['name:n'], ruled: ['post:p'] } };
    const decision = await decided(right);
    expect(rows(decision, 'orders', ['id'])).toEqual(["t = '1'", "a = 'x'"]);
    expect(rows(decision, 'open', ['id'])).toEqual(["t = '1'", "a = 'x'"]);
    expect(rows(decision, 'open', ['name'], [['people']])).toEqual(["t = '1'", "a = 'x'", "people.name = 'n'"]);
    expect(rows(decision, 'ruled', ['id'])).toEqual(["a = 'v'", "t = '1'", "a = 'x'", "people.mail = 'p'"]);
    expect(rows(await decided(right, ['chief']), 'open', ['id'])).toEqual(["a = 'x'"]);
    expect(rows(await decided(right, ['nobody']), 'open', ['id'])).toEqual(['false', "a = 'x'"]);
  });

  it('rows: a denied root has none, whatever its policies say', async () => {
    expect(rows(await decided({ denied_cubes: ['orders'] }, ['chief']), 'open', ['name'], [['people']])).toEqual([
      'false',
    ]);
  });

  it('rows: a denied cube that is read all the same gives none', async () => {
    const decision = await decided({ denied_cubes: ['people'] }, ['chief']);
    expect(rows(decision, 'open', ['id'], [['people']])).toEqual(['false']);
  });

  it('a level of a joined cube in a path is joined', async () => {
    const decision = await decided({ cell_restrictions: { orders: ['way:x,n'] } }, ['chief']);
    expect(rows(decision, 'orders', ['id'])).toEqual(["(a = 'x' and people.name = 'n')"]);
    expect(rows(decision, 'open', ['id'])).toEqual(["(a = 'x' and people.name = 'n')"]);
  });

  it('a table that is denied is missing, and not refused for a claim that it would need', async () => {
    const rights = await rightsOf(loaded, { 'rights.json': { u: { allowed_cubes: ['people'] } } });
    const { model } = decideFor(loaded, {}, ['seller'], heldRight(rights, 'u'));
    expect([...model.denied.keys()]).toEqual([]);
    expect([...model.tables.keys()]).toEqual(['people']);
    const allowed = await rightsOf(loaded, { 'rights.json': { u: {} } });
    expect([...decideFor(loaded, {}, ['seller'], heldRight(allowed, 'u')).model.denied.keys()]).toEqual([
      'open',
      'orders',
      'ruled',
    ]);
  });

  it('a table that cannot be rendered is refused only to whom rights would show it', async () => {
    const gone = new SqlError('42501', 'security context lacks "x"');
    const model = { ...loaded.model, unrendered: new Map([['gone', gone]]) };
    const refused = async (right: unknown): Promise<readonly string[]> => {
      const rights = await rightsOf(loaded, { 'rights.json': { u: right } });
      const { denied } = decideFor({ ...loaded, model }, { t: '1' }, ['chief'], heldRight(rights, 'u')).model;
      return [...denied.keys()];
    };
    expect(await refused({})).toEqual(['gone']);
    expect(await refused({ allowed_cubes: ['orders'] })).toEqual([]);
    expect(await refused({ denied_cubes: ['*'] })).toEqual([]);
    expect([...decideFor({ ...loaded, model }, { t: '1' }, ['chief']).model.denied.keys()]).toEqual(['gone']);
  });

  it('without a right nothing is seen, whatever the policies say', async () => {
    const rights = await rightsOf(loaded, { 'rights.json': { u: {} } });
    for (const identity of [undefined, 'U', '', '*', 'guest']) {
      const decision = decideFor(loaded, { t: '1' }, ['chief'], heldRight(rights, identity));
      expect(seen(decision)).toEqual([]);
      expect(rows(decision, 'orders', ['id'])).toEqual(['false']);
    }
  });

  it('a limit on a level of a joined cube holds where its own cube leads to it', async () => {
    const cubes = `
cubes:
  - name: notes
    sql_table: notes
    joins:
      - { name: orders, relationship: many_to_one, sql: "{CUBE}.o = {orders}.id" }
      - { name: people, relationship: many_to_one, sql: "{CUBE}.p = {people}.id" }
    dimensions: [{ name: id, sql: id, type: number, primary_key: true, public: true }]
  - name: orders
    sql_table: orders
    joins: [{ name: people, relationship: many_to_one, sql: "{CUBE}.p = {people}.id" }]
    dimensions: [{ name: id, sql: id, type: number, primary_key: true }, { name: a, sql: a, type: string }]
    hierarchies: [{ name: way, levels: [a, people.name] }]
  - name: people
    sql_table: people
    dimensions: [{ name: id, sql: id, type: number, primary_key: true }, { name: name, sql: name, type: string }]
views:
  - name: both
    cubes:
      - { join_path: notes, includes: [id] }
      - { join_path: notes.people, includes: [{ name: name, alias: author }] }
      - { join_path: notes.orders.people, includes: [{ name: name, alias: buyer }] }
`;
    const model = await loadYaml(cubes);
    const rights = await rightsOf(model, { 'rights.json': { u: { hierarchy_limits: { orders: ['way:a'] } } } });
    expect(columns(decideFor(model, {}, [], heldRight(rights, 'u')), 'both')).toEqual(['id', 'author']);
  });

  it('EXPLAIN names whose right it was', async () => {
    const files = { 'rights.json': { u: { roles: ['r', 's'] } }, 'roles.json': { r: {}, s: {} } };
    const decision = decideFor(loaded, { t: '1' }, ['chief'], heldRight(await rightsOf(loaded, files), 'u'));
    expect(decision.policies('orders')).toEqual(['orders[1] for chief', 'rights of u (roles r, s)']);
    expect(decideFor(loaded, { t: '1' }, ['chief']).policies('orders')).toEqual(['orders[1] for chief']);
  });

  describe('what every table must have', () => {
    it('is asked of the root, else of the view, and of joined cubes that have it', async () => {
      const decision = await decided({ cell_restrictions: { '*': ['mail:m'] } }, ['chief']);
      // orders has none: it is no table. "open" shows one, "ruled" calls it otherwise.
      expect(seen(decision)).toEqual([NOTES, 'open: id a label count name mail', PEOPLE, 'ruled: name post']);
      expect(rows(decision, 'notes', ['id'])).toEqual(["mail = 'm'"]);
      expect(rows(decision, 'open', ['id'])).toEqual(["people.mail = 'm'"]);
      expect(rows(decision, 'ruled', ['name'], [['people']])).toEqual(["a = 'v'", 'false']);
    });

    it('holds for a joined cube where it is read', async () => {
      const decision = await decided({ cell_restrictions: { '*': ['id:1'] } }, ['chief']);
      expect(rows(decision, 'open', ['id'])).toEqual(["id = '1'"]);
      expect(rows(decision, 'open', ['name'], [['people']])).toEqual(["id = '1'", "people.id = '1'"]);
    });

    const IDENTITY = '[authorization]\nidentity_dimension = who\n';
    it('the identity, where it is a dimension', async () => {
      const decision = await decided({}, ['chief'], IDENTITY);
      expect(seen(decision)).toEqual(['open: name mail', PEOPLE, 'ruled: id a name post']);
      expect(rows(decision, 'people', ['id'])).toEqual(["who = 'u'"]);
      expect(rows(decision, 'ruled', ['id'])).toEqual(["a = 'v'", "people.who = 'u'"]);
      expect(rows(decision, 'open', ['name'], [['people']])).toEqual(['false']);
    });

    it('an identity that the dimension cannot hold has no rows', async () => {
      const decision = await decided({}, ['chief'], '[authorization]\nidentity_dimension = id\n');
      expect(rows(decision, 'people', ['id'])).toEqual(['false']);
    });

    it('a guest without an identity has no rows, one with an identity its own', async () => {
      const rights = await rightsOf(loaded, { 'rights.json': { guest: {} }, 'slicer.ini': IDENTITY }, 'parameter');
      const filters = (identity: string | undefined) =>
        rows(decideFor(loaded, {}, [], heldRight(rights, identity)), 'people', ['id']);
      expect(filters(undefined)).toEqual(['false']);
      expect(filters('stranger')).toEqual(["who = 'stranger'"]);
    });
  });
});
