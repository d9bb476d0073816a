// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scripts stand in strings here
/**
 * A claim is data in JavaScript models too (contract 7.5; security cases C01–C40): whatever it holds, at every place of
 * the SQL where it can stand and by every way that leads there, the SQL keeps its structure or the cube is refused.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlError } from '../../src/errors.ts';
import { openModel } from '../../src/model/load.ts';
import type { Claim } from '../../src/model/security-context.ts';
import { renderModel, type TemplateSources } from '../../src/model/template/templates.ts';
import type { Model } from '../../src/model/types.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { HOSTILE, literals, NAME_PLACES, PLACES, structure, UNFIT } from './claim-places.ts';

let folder: string;

beforeAll(async () => {
  await loadParser();
  folder = await mkdtemp(join(tmpdir(), 'semwire-claims-'));
  await mkdir(join(folder, 'cubes'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Ways from the claim `c` to a text; `§` in the SQL is where it goes. */
const WAYS: Readonly<Record<string, (parts: readonly string[]) => string>> = {
  'in a template': (parts) => `\`${parts.map(escaped).join('${c}')}\``,
  'with +': (parts) => parts.map((part) => JSON.stringify(part)).join(' + c + '),
  'through string methods and a function': (parts) =>
    `[${parts.map((part) => JSON.stringify(part)).join(', ')}].join(own(String(c))).concat('').trimEnd()`,
  'through a list and destructuring': (parts) => {
    const list = parts.map((part) => JSON.stringify(part)).join(', ');
    return `(() => { const { x: [y] } = { x: [c].map((z) => z) }; return [${list}].reduce((a, b) => a + y + b); })()`;
  },
};

function escaped(part: string): string {
  return part.replace(/[\\`]|\$\{/g, '\\$&');
}

/** A cube for each of the expressions, by its name. */
async function opened(expressions: Readonly<Record<string, string>>): Promise<TemplateSources> {
  const cubes = Object.entries(expressions).map(
    ([name, sql]) => `cube('${name}', { sql: ${sql}, dimensions: { id: { sql: 'id', type: 'number' } } });`,
  );
  await writeFile(
    join(folder, 'cubes/a.js'),
    ['const { securityContext: { c } } = COMPILE_CONTEXT; const own = (text) => text;', ...cubes].join('\n'),
  );
  const { source, problems } = await openModel(folder);
  if (source?.kind !== 'templates') throw new Error(`reads no claim: ${problems.map(({ message }) => message)}`);
  return source.sources;
}

type Rendered = string | SqlError;

/** Of each cube the SQL as it goes to the warehouse, or the SqlError that it is refused with. */
function allRendered(sources: TemplateSources, claim: Claim | undefined): (name: string) => Rendered {
  const { model, problems } = renderModel(sources, claim === undefined ? {} : { c: claim }).usable();
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return (name) => sqlOf(model, name);
}

function rendered(sources: TemplateSources, claim: Claim | undefined): Rendered {
  return allRendered(sources, claim)('a');
}

function sqlOf(model: Model, name: string): Rendered {
  const refused = model.unrendered?.get(name);
  if (refused !== undefined) return refused;
  return (model.cubes.get(name)?.source.sql.parts ?? [])
    .map((part) => {
      if (part.kind !== 'text') throw new Error(`a claim became a reference: ${JSON.stringify(part)}`);
      return part.text;
    })
    .join('');
}

describe.each(Object.entries(WAYS))('written %s', (_, way) => {
  const cubes = (places: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.values(places).map((sql, i) => [`p${i}`, way(sql.split('§'))]));

  it('a claim is one literal, wherever it stands', async () => {
    const sources = await opened(cubes(PLACES));
    const names = Object.keys(cubes(PLACES));
    const benign = allRendered(sources, 'acme');
    const expected = new Map(names.map((name) => [name, structure(String(benign(name)), '')]));
    const check = (claim: Claim): void => {
      const all = allRendered(sources, claim);
      for (const name of names) {
        const result = all(name);
        if (result instanceof SqlError) throw new Error(`refused ${String(claim)}: ${result.message}`);
        expect(structure(result, ''), result).toEqual(expected.get(name));
        // Also beyond 2^53 a number is exactly itself.
        if (typeof claim !== 'string') expect(result.toLowerCase()).toContain(String(claim));
        else expect(literals(result).join('\0'), result).toContain(claim);
      }
    };
    for (const claim of HOSTILE) check(claim);
    const texts = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed());
    fc.assert(fc.property(texts, check), { numRuns: 40 });
    for (const claim of UNFIT) {
      const all = allRendered(sources, claim);
      for (const name of names) expect((all(name) as SqlError).code, JSON.stringify(claim)).toBe('42501');
    }
    for (const missing of [undefined, null]) {
      const all = allRendered(sources, missing);
      for (const name of names) expect((all(name) as SqlError).message).toBe('security context lacks "c"');
    }
  });

  it('a claim is a plain name or refused, wherever a name stands', async () => {
    const sources = await opened(cubes(NAME_PLACES));
    const benign = allRendered(sources, 'acme');
    const places = Object.keys(cubes(NAME_PLACES)).map((cube) => {
      const sql = String(benign(cube));
      const name = ['acme', 'tenant_acme', 'aacmeb'].find((each) => sql.includes(`"${each}"`)) ?? '';
      return { cube, name, expected: structure(sql, name) };
    });
    const check = (claim: Claim): void => {
      const all = allRendered(sources, claim);
      for (const { cube, name, expected } of places) {
        const result = all(cube);
        if (result instanceof SqlError) {
          expect(result.code).toBe('42501');
          continue;
        }
        const own = name.replace('acme', () => String(claim));
        expect(own).toMatch(/^[a-z0-9_]{1,63}$/);
        expect(structure(result, own), result).toEqual(expected);
      }
    };
    for (const claim of [...HOSTILE, ...UNFIT, ['a']]) check(claim);
    // A name that the SQL has already would be taken for the claim.
    const anything = fc.string({ unit: 'binary' }).filter((text) => !/^[a-z]{1,6}$/.test(text));
    fc.assert(fc.property(anything, check), { numRuns: 40 });
    for (const claim of ['A', 'a-b', 'a.b', 'ä', 'a b', 'x'.repeat(64), true, 1.5, -1]) {
      const all = allRendered(sources, claim);
      for (const { cube } of places) expect(all(cube), String(claim)).toBeInstanceOf(SqlError);
    }
    const all = allRendered(sources, undefined);
    for (const { cube } of places) expect((all(cube) as SqlError).message).toBe('security context lacks "c"');
  });
});

describe('a list', () => {
  it.each([
    ['`SELECT * FROM t WHERE a IN ${c} AND b NOT IN ${c}`'],
    ["'SELECT * FROM t WHERE a IN ' + c + ' AND b NOT IN ' + c"],
  ])('%s stands in parentheses', async (expression) => {
    const sources = await opened({ a: expression });
    const listed = (list: string) => `SELECT * FROM t WHERE a IN ${list} AND b NOT IN ${list}`;
    const sql = (claim: Claim): string => String(rendered(sources, claim)).replace(/\s+/g, ' ').trim();
    expect(sql(['a', "b'); --", 1, -2, 9007199254740993n, true])).toBe(
      listed("('a', 'b''); --', 1, (-2), 9007199254740993, TRUE)"),
    );
    expect(sql([])).toBe(listed('(NULL)'));
    for (const claim of [[null], ['a', null], [['a']], [{}], ['\0']]) {
      expect(rendered(sources, claim), JSON.stringify(claim)).toBeInstanceOf(SqlError);
    }
  });

  it('joined by hand is data too', async () => {
    const sources = await opened({ a: '`SELECT * FROM t WHERE a IN (${c.map((x) => `${x}`).join(", ")})`' });
    expect(String(rendered(sources, ['a', "b') OR (1=1"])).replace(/\s+/g, ' ')).toContain("( 'a' , 'b'') OR (1=1' )");
    expect(rendered(sources, 'US')).toBeInstanceOf(SqlError);
  });

  it('of what is no list is refused', async () => {
    const sources = await opened({ a: '`SELECT * FROM t WHERE a IN (${[...c].join(", ")})`' });
    for (const claim of ['US', 1, true, { a: 1 }]) {
      expect((rendered(sources, claim) as SqlError).message).toBe('claim "c" must be a list');
    }
  });
});

describe('outside of SQL', () => {
  it('a claim is text, and never a key or a reference', async () => {
    const sources = await opened({ a: "'SELECT 1 AS id', title: `<${c}>`, description: c, meta: { a: c }" });
    for (const claim of HOSTILE) {
      if (typeof claim === 'boolean') continue;
      const { model, problems } = renderModel(sources, { c: claim }).usable();
      expect(problems).toEqual([]);
      expect(model.cubes.get('a')?.title).toBe(`<${String(claim)}>`);
      expect([...(model.cubes.get('a')?.dimensions.keys() ?? [])]).toEqual(['id']);
    }
  });

  it('a name, a member and a type are only what the model can have', async () => {
    const sources = await opened({ a: "'SELECT 1 AS id', measures: { m: { type: c } }" });
    expect(rendered(sources, 'count')).toContain('SELECT 1');
    for (const claim of ["count', sql: '1", 'sum(x)', '__proto__']) {
      const { model } = renderModel(sources, { c: claim }).usable();
      expect(model.cubes.has('a'), claim).toBe(false);
    }
  });
});

describe('the context', () => {
  it('is nobody’s to change, and tells nothing of what was not asked', async () => {
    const sources = await opened({ a: '`SELECT ${c} AS id`, title: Object.keys({}).join() + typeof c' });
    const first = renderModel(sources, { c: 1, other: 'x' });
    expect([...first.reads]).toEqual(['c']);
    expect(first.content).toBe(renderModel(sources, { c: 1, other: 'y' }).content);
  });
});
