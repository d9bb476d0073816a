/** The files in `access/`: what is read of them, what is refused and where, and how roles are inherited. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadedRights, loadRights } from '../../src/access/rights/load.ts';
import { heldRight, type Right } from '../../src/access/rights/rights.ts';
import type { AuthMode } from '../../src/config.ts';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import type { Model } from '../../src/model/types.ts';
import { loadParser } from '../../src/sql/libpg.ts';

let model: Model;
const folders: string[] = [];
beforeAll(async () => {
  await loadParser();
  const loaded = await loadModel(fileURLToPath(new URL('../models/rights', import.meta.url)));
  if (loaded.model === undefined) throw new Error(loaded.problems.map(problemText).join('\n'));
  model = loaded.model;
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

type Files = Readonly<Record<string, unknown>>;

/** @param files of `access/`; what is no text is written as JSON on one line */
async function load(files: Files, auth: AuthMode = 'jwt'): Promise<LoadedRights> {
  const folder = mkdtempSync(join(tmpdir(), 'semwire-rights-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, 'access', name)), { recursive: true });
    writeFileSync(join(folder, 'access', name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return loadRights(folder, model, auth);
}

async function problemsOf(files: Files, auth?: AuthMode): Promise<readonly string[]> {
  return (await load(files, auth)).problems.map(problemText);
}

async function rightOf(files: Files, identity: string, auth?: AuthMode): Promise<Right> {
  const { rights, problems } = await load(files, auth);
  const right = rights && heldRight(rights, identity).right;
  if (right === undefined) throw new Error(`no right: ${problems.map(problemText).join('\n')}`);
  return right;
}

describe('rights are', () => {
  it('none without files', async () => {
    expect(await load({})).toEqual({ rights: undefined, problems: [] });
  });

  it('those of rights.json alone', async () => {
    const { rights } = await load({ 'rights.json': { martin: {} } });
    expect([...(rights?.identities.keys() ?? [])]).toEqual(['martin']);
    expect(rights?.mode).toBe('strict');
  });

  it('of whom there are none: nobody', async () => {
    const { rights, problems } = await load({ 'rights.json': {} });
    expect(problems).toEqual([]);
    expect(rights && heldRight(rights, 'martin').right).toBeUndefined();
  });

  it('keyed by whatever a token can say', async () => {
    const { rights } = await load({ 'rights.json': '{"__proto__": {}, "a b@c": {}}' });
    expect([...(rights?.identities.keys() ?? [])]).toEqual(['__proto__', 'a b@c']);
    expect(rights && heldRight(rights, 'toString').right).toBeUndefined();
  });

  it.each(['name', ' martin', 'Martin', 'martin '])('not those of another spelling: %j', async (identity) => {
    const { rights } = await load({ 'rights.json': { martin: {} } });
    expect(rights && heldRight(rights, identity).right).toBeUndefined();
  });
});

describe('roles', () => {
  it('are inherited to any depth, in restrictions, limits, names', async () => {
    const files = {
      'rights.json': { martin: { roles: ['a'], allowed_cubes: ['sales'], cell_restrictions: { sales: ['geo:sk'] } } },
      'roles.json': {
        a: { roles: ['b'], denied_cubes: ['wages'] },
        b: { roles: ['c'], allowed_cubes: ['shops'] },
        c: { roles: ['d'], cube_restrictions: { sales: ['year:2010'], '*': ['clerk:ann'] } },
        d: { roles: ['e'], hierarchy_limits: { sales: ['geo:country'] } },
        e: { allowed_cubes: ['out*'] },
        unused: { allowed_cubes: ['*'] },
      },
    };
    const right = await rightOf(files, 'martin');
    expect(right.roles).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(right.allowed?.map(({ text }) => text)).toEqual(['sales', 'shops', 'out']);
    expect(right.denied.map(({ text }) => text)).toEqual(['wages']);
    expect([...right.restrictions].map(([table, cuts]) => [table, cuts.map(({ text }) => text)])).toEqual([
      ['sales', ['geo:sk', 'year:2010']],
      ['*', ['clerk:ann']],
    ]);
    expect(right.limits.get('sales')?.map(({ text }) => text)).toEqual(['geo:country']);
  });

  it('of one user restrict no other', async () => {
    const files = {
      'rights.json': { u1: { roles: ['base'] }, u2: { roles: ['base', 'more'] }, u3: { roles: ['base'] } },
      'roles.json': {
        base: { cell_restrictions: { sales: ['geo:sk'] }, denied_cubes: ['wages'] },
        more: { cell_restrictions: { sales: ['year:2010'] }, denied_cubes: ['shops'] },
      },
    };
    const cuts = async (name: string) =>
      (await rightOf(files, name)).restrictions.get('sales')?.map(({ text }) => text);
    expect([await cuts('u1'), await cuts('u2'), await cuts('u3')]).toEqual([
      ['geo:sk'],
      ['geo:sk', 'year:2010'],
      ['geo:sk'],
    ]);
    expect((await rightOf(files, 'u1')).denied).toHaveLength(1);
  });

  it('that two roles share are inherited once', async () => {
    const files = {
      'rights.json': { u: { roles: ['a', 'b'] } },
      'roles.json': { a: { roles: ['c'] }, b: { roles: ['c'] }, c: { cell_restrictions: { sales: ['geo:sk'] } } },
    };
    expect((await rightOf(files, 'u')).restrictions.get('sales')).toHaveLength(1);
  });

  it('without allowed_cubes leave it to the others', async () => {
    const files = { 'rights.json': { u: { roles: ['a'] } }, 'roles.json': { a: { denied_cubes: ['wages'] } } };
    expect((await rightOf(files, 'u')).allowed).toBeUndefined();
  });

  it.each<[string, Files, string[]]>([
    [
      'that do not exist',
      { 'rights.json': '{"u":\n {"roles": ["retial"]}}', 'roles.json': { retail: {} } },
      ['access/rights.json:2:13: error: role "retial" does not exist (did you mean "retail"?)'],
    ],
    [
      'that do not exist, of a role',
      { 'rights.json': { u: {} }, 'roles.json': '{"a":\n  {"roles": [\n    "b"]}}' },
      ['access/roles.json:3:5: error: role "b" does not exist (did you mean "a"?)'],
    ],
    [
      'in a circle',
      {
        'rights.json': { u: { roles: ['a'] } },
        'roles.json': '{"a": {"roles": ["b"]},\n "b": {"roles": ["c"]},\n "c": {"roles": ["b"]}}',
      },
      ['access/roles.json:3:18: error: roles inherit in a circle: b → c → b'],
    ],
    [
      'of themselves',
      { 'rights.json': {}, 'roles.json': { a: { roles: ['a'] } } },
      ['access/roles.json:1:16: error: roles inherit in a circle: a → a'],
    ],
    [
      'that are names in another file',
      { 'rights.json': { u: { roles: ['v'] }, v: {} } },
      ['access/rights.json:1:16: error: role "v" does not exist'],
    ],
  ])('%s are refused', async (_, files, problems) => {
    const loaded = await load(files);
    expect(loaded.problems.map(problemText)).toEqual(problems);
    expect(loaded.rights).toBeUndefined();
  });
});

describe('an entry', () => {
  it.each<[string, string]>([
    ['7', '1:1: error: an object is expected: a right under each name'],
    ['{"u": []}', '1:7: error: the right of "u" must be an object'],
    ['{"": {}}', '1:2: error: a right needs a name'],
    ['{"u": {"role": []}}', '1:8: error: unknown key "role" (did you mean "roles"?)'],
    ['{"u": {"allowed_cubes": "sales"}}', '1:25: error: "allowed_cubes" must be a list of names'],
    ['{"u": {"denied_cubes": [7]}}', '1:25: error: "denied_cubes" must be a list of names'],
    ['{"u": {"denied_cubes": [""]}}', '1:25: error: "denied_cubes" must be a list of names'],
    ['{"u": {"denied_cubes": ["wage"]}}', '1:25: error: there is no cube or view "wage" (did you mean "wages"?)'],
    [
      '{"u": {"denied_cubes": ["*age*"]}}',
      '1:25: error: "*age*" matches nothing: a star stands first or last, and once',
    ],
    ['{"u": {"denied_cubes": ["x*"]}}', '1:25: warning: no cube or view has a name like that'],
    [
      '{"u": {"cell_restrictions": ["geo:sk"]}}',
      '1:29: error: "cell_restrictions" must be an object: a list under the name of each cube',
    ],
    [
      '{"u": {"cell_restrictions": {"sales": "geo:sk"}}}',
      '1:39: error: the restrictions of "sales" must be a list of cuts',
    ],
    [
      '{"u": {"cell_restrictions": {"sale": []}}}',
      '1:30: error: there is no cube or view "sale" (did you mean "sales"?)',
    ],
    ['{"u": {"cell_restrictions": {"sales": [7]}}}', '1:40: error: a cut is a text such as "geo:sk", or an object'],
    [
      '{"u": {"cell_restrictions": {"sales": ["geo"]}}}',
      '1:41: error: "geo" is no cut: a dimension and its values are expected, such as "geo:sk;us"',
    ],
    [
      '{"u": {"cell_restrictions": {"sales": ["geo:\\\\u,a|b"]}}}',
      '1:50: error: "|" in a value is written "\\|"; each cut is an item of its own',
    ],
    [
      '{"u": {"cell_restrictions": {"sales": ["gео:sk"]}}}',
      '1:41: error: "gео:sk" is no cut: a dimension and its values are expected, such as "geo:sk;us"',
    ],
    [
      '{"u": {"cell_restrictions": {"sales": ["gao:sk"]}}}',
      '1:41: error: "sales" has no dimension "gao" (did you mean "geo"?)',
    ],
    [
      '{"u": {"cell_restrictions": {"sales": ["geo@gao:sk"]}}}',
      '1:41: error: "sales" has no hierarchy "gao" (did you mean "geo"?)',
    ],
    [
      '{"u": {"cell_restrictions": {"sales": ["gao@geo:sk"]}}}',
      '1:41: error: "sales" has no dimension "gao" (did you mean "geo"?)',
    ],
    ['{"u": {"cell_restrictions": {"sales": ["total:1"]}}}', '1:41: error: "sales" has no dimension "total"'],
    ['{"u": {"cell_restrictions": {"outlets": ["year:2010"]}}}', '1:43: error: "outlets" has no dimension "year"'],
    [
      '{"u": {"cell_restrictions": {"*": ["gao:1"]}}}',
      '1:37: error: no cube or view has a dimension or hierarchy "gao"',
    ],
    [
      '{"u": {"cell_restrictions": {"*": ["year@geo2:1"]}}}',
      '1:37: error: no cube or view has a dimension "year" with a hierarchy "geo2"',
    ],
    [
      '{"u": {"cube_restrictions": {"sales": []}, "cell_restrictions": {"sales": []}}}',
      '1:66: error: "sales" has cube_restrictions and cell_restrictions, which are the same thing; keep one',
    ],
    [
      '{"u": {"hierarchy_limits": {"sales": "geo:country"}}}',
      '1:38: error: the hierarchy limits of "sales" must be a list',
    ],
    [
      '{"u": {"hierarchy_limits": {"sales": ["geo:"]}}}',
      '1:39: error: a hierarchy limit is "dimension[@hierarchy][:level]", or a list of the three',
    ],
    [
      '{"u": {"hierarchy_limits": {"sales": [["geo", "country"]]}}}',
      '1:39: error: a hierarchy limit is "dimension[@hierarchy][:level]", or a list of the three',
    ],
    ['{"u": {"hierarchy_limits": {"sales": ["geo:town"]}}}', '1:39: error: "geo:town": its levels are country, city'],
    [
      '{"u": {"hierarchy_limits": {"sales": ["gao:city"]}}}',
      '1:39: error: "sales" has no dimension "gao" (did you mean "geo"?)',
    ],
    ['{"u": {}, "u": {}}', '1:11: error: duplicate key "u"'],
    ['', '1:1: error: invalid JSON: the file is empty'],
    ['{"u": {},}', '1:10: error: invalid JSON: a key in double quotes is expected'],
  ])('%s', async (json, problem) => {
    const loaded = await load({ 'rights.json': json });
    expect(loaded.problems.map(problemText)).toEqual([`access/rights.json:${problem}`]);
    expect(loaded.rights === undefined).toBe(problem.includes('error'));
  });

  it('may have each spelling for cubes of their own', async () => {
    const u = { cube_restrictions: { sales: ['geo:sk'] }, cell_restrictions: { shops: ['chain:red'] } };
    expect([...(await rightOf({ 'rights.json': { u } }, 'u')).restrictions.keys()]).toEqual(['sales', 'shops']);
  });

  it('of a range without ends restricts nothing, and says so', async () => {
    expect(await problemsOf({ 'rights.json': { u: { cell_restrictions: { sales: ['year:-'] } } } })).toEqual([
      'access/rights.json:1:38: warning: "year:-" is open at both ends: it restricts nothing',
    ]);
  });
});

describe('slicer.ini', () => {
  it('decides the order', async () => {
    for (const order of ['deny_allow', 'allow_deny']) {
      const ini = `[workspace]\nauthorization: simple\n\n[authorization]\nOrder = ${order}\n`;
      expect((await load({ 'slicer.ini': ini, 'rights.json': {} })).rights?.mode).toBe(order);
    }
  });

  it('may name the files', async () => {
    const ini = '# rights\n[authorization]\nrights_file = who/may.json\nroles_file: jobs.json\n';
    const files = { 'slicer.ini': ini, 'who/may.json': { u: { roles: ['r'] } }, 'jobs.json': { r: {} } };
    expect((await rightOf(files, 'u')).roles).toEqual(['r']);
    expect(await problemsOf(files)).toEqual([]);
  });

  it('turns rights off', async () => {
    const files = { 'slicer.ini': '[workspace]\nauthorization = none\n', 'rights.json': { u: {} } };
    const { rights, problems } = await load(files);
    expect(rights).toBeUndefined();
    expect(problems.map(problemText)).toEqual([
      'access/rights.json:1:1: warning: has no effect: slicer.ini says authorization = none',
    ]);
  });

  it('that does not speak of authorization leaves rights.json in force', async () => {
    const { rights } = await load({ 'slicer.ini': '[workspace]\n', 'rights.json': { u: {} } });
    expect(rights?.identities.size).toBe(1);
  });

  it('as the documentation shows it, without sections', async () => {
    const ini = 'authorization: simple\n\nrights_file: access_rights.json\n';
    expect((await rightOf({ 'slicer.ini': ini, 'access_rights.json': { u: {} } }, 'u')).name).toBe('u');
  });

  it.each<[string, string[]]>([
    ['[authorization]\norder = allow', ['2:1: error: order = allow: must be one of deny_allow, allow_deny']],
    ['[workspace]\nauthorization = ldap', ['2:1: error: authorization = ldap: must be one of none, simple']],
    ['[authorization]\nrights = x', ['2:1: error: unknown key "rights"']],
    ['[authorization]\nrightsfile = x', ['2:1: error: unknown key "rightsfile" (did you mean "rights_file"?)']],
    ['[workspace]\norder = deny_allow', ['2:1: error: "order" belongs in the section [authorization]']],
    ['[authorization]\norder = deny_allow\norder = allow_deny', ['3:1: error: "order" is given twice']],
    ['[authorization]\n order', ['2:2: error: a line is "[section]" or "key = value"']],
    ['[authorization]\nrights_file = ../rights.json', ['2:1: error: "../rights.json" is no file in access/']],
    ['[authorization]\nrights_file = /etc/passwd', ['2:1: error: "/etc/passwd" is no file in access/']],
    ['[authorization]\nroles_file = jobs.json', ['2:1: error: there is no file access/jobs.json']],
    [
      '[authorization]\nidentity_dimension = a:b:c',
      ['2:1: error: "a:b:c" is no dimension: "dimension" or "dimension@hierarchy" is expected'],
    ],
    [
      '[authorization]\nidentity_dimension = owner',
      ['2:1: error: no cube or view has a dimension or hierarchy "owner"'],
    ],
    [
      '[authorization]\nidentity_dimension = date',
      [
        '2:1: error: the identity dimension must be flat, but in "sales" it has 3 levels',
        '2:1: error: the identity dimension must be flat, but in "shopping" it has 3 levels',
      ],
    ],
    ['[authorization]\nguest = visitor', ['2:1: error: guest = visitor: there is no such role in access/roles.json']],
    [
      '[server]\nauthentication = pass_parameter',
      ['2:1: warning: "authentication" does nothing here: it is SEMWIRE_AUTH=parameter'],
    ],
    [
      '[server]\nauthentication = http_basic_proxy',
      ['2:1: warning: "authentication" does nothing here: it is SEMWIRE_AUTH=proxy'],
    ],
    ['[server]\nport: 5000', ['2:1: warning: "port" in [server] does nothing here']],
    [
      '[store]\ntype: sql\nurl: a\n  b',
      ['2:1: warning: "type" in [store] does nothing here', '3:1: warning: "url" in [store] does nothing here'],
    ],
  ])('%j', async (ini, problems) => {
    const found = await problemsOf({ 'slicer.ini': ini, 'rights.json': { u: {} } });
    expect(found).toEqual(problems.map((problem) => `access/slicer.ini:${problem}`));
  });
});

describe('files that do not belong together', () => {
  it('a file where the folder should be', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'semwire-rights-'));
    folders.push(folder);
    writeFileSync(join(folder, 'access'), '{}');
    const { rights, problems } = await loadRights(folder, model, 'jwt');
    expect([rights, problems.map(problemText)]).toEqual([undefined, ['access:1:1: error: cannot be read (ENOTDIR)']]);
  });

  it('a model without names to check', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'semwire-rights-'));
    folders.push(folder);
    await mkdir(join(folder, 'access'));
    writeFileSync(join(folder, 'access/rights.json'), '{}');
    const { rights, problems } = await loadRights(folder, undefined, 'jwt');
    expect(rights).toBeUndefined();
    expect(problems.map(problemText)).toEqual([
      'access/rights.json:1:1: error: cannot be checked: the names of the model are not known without a security context',
    ]);
  });

  it.each<[Files, string[]]>([
    [{ 'roles.json': {} }, ['access/rights.json:1:1: error: is missing: without it nobody has a right']],
    [
      { 'slicer.ini': '[workspace]\nauthorization = simple' },
      ['access/rights.json:1:1: error: is missing: without it nobody has a right'],
    ],
    [
      { 'slicer.ini': '[authorization]\nrights_file = r.json', 'r.json': {}, 'rights.json': {} },
      ['access/rights.json:1:1: warning: is not read: rights are in access/r.json, roles in access/roles.json'],
    ],
    [
      { 'access_rights.json': { u: {} } },
      [
        'access/access_rights.json:1:1: error: is not read: rights are in access/rights.json, roles in access/roles.json',
      ],
    ],
    [{ 'README.md': 'What is in here.' }, []],
    [
      { 'rights.json': {}, 'rigths.json': {} },
      ['access/rigths.json:1:1: warning: is not read: rights are in access/rights.json, roles in access/roles.json'],
    ],
  ])('%j', async (files, problems) => {
    expect(await problemsOf(files)).toEqual(problems);
  });
});

describe('a guest', () => {
  const files = { 'rights.json': { guest: { allowed_cubes: ['shops'] }, u: {} } };
  const named = {
    'slicer.ini': '[authorization]\nguest = visitor\n',
    'rights.json': { guest: {}, u: {} },
    'roles.json': { visitor: { roles: ['base'] }, base: { denied_cubes: ['wages'] } },
  };

  it.each(['none', 'parameter', 'proxy'] as const)('is let in where SEMWIRE_AUTH is %s', async (auth) => {
    const { rights } = await load(files, auth);
    const held = [undefined, 'stranger', 'u'].map((identity) => rights && heldRight(rights, identity).right?.name);
    expect(held).toEqual(['guest', 'guest', 'u']);
  });

  it.each(['jwt', 'hook'] as const)('is not where SEMWIRE_AUTH is %s', async (auth) => {
    for (const each of [files, named]) {
      const { rights } = await load(each, auth);
      expect([undefined, 'stranger', 'visitor'].map((identity) => rights && heldRight(rights, identity).right)).toEqual(
        [undefined, undefined, undefined],
      );
    }
  });

  it('is the role that slicer.ini names, with all that it inherits', async () => {
    const { rights } = await load(named, 'none');
    const right = rights && heldRight(rights, undefined).right;
    expect([right?.name, right?.roles, right?.denied.map(({ text }) => text)]).toEqual([
      'visitor',
      ['base'],
      ['wages'],
    ]);
  });

  it('that nobody configured is nobody', async () => {
    const { rights } = await load({ 'rights.json': { u: {} } }, 'none');
    expect(rights && heldRight(rights, undefined).right).toBeUndefined();
  });
});
