/**
 * A claim is data (contract 7.5; security cases C01–C40): whatever it holds, at every place of a template where it can
 * stand, the SQL keeps its structure and the YAML keeps its keys, or the cube is refused for that context.
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

async function opened(text: string): Promise<TemplateSources> {
  await writeFile(join(folder, 'cubes/a.yml'), text);
  const { source, problems } = await openModel(folder);
  if (source?.kind !== 'templates') throw new Error(`not a template: ${problems.map(({ message }) => message)}`);
  return source.sources;
}

function cubeOf(sql: string): string {
  const lines = sql.split('\n').map((line) => `      ${line}`);
  return `cubes:\n  - name: a\n    sql: |\n${lines.join('\n')}\n    dimensions: [{name: id, sql: id, type: number}]\n`;
}

/** The SQL as it goes to the warehouse, or the SqlError that the cube is refused with. */
function rendered(sources: TemplateSources, claim: Claim | undefined): string | SqlError {
  const { model, problems } = renderModel(sources, claim === undefined ? {} : { c: claim }).usable();
  expect(problems).toEqual([]);
  const refused = model.unrendered?.get('a');
  if (refused !== undefined) return refused;
  return (model.cubes.get('a')?.source.sql.parts ?? [])
    .map((part) => {
      if (part.kind !== 'text') throw new Error(`a claim became a reference: ${JSON.stringify(part)}`);
      return part.text;
    })
    .join('');
}

const WAYS = {
  'double braces': '{{ COMPILE_CONTEXT.securityContext.c }}',
  'single braces': '{ COMPILE_CONTEXT.securityContext.c }',
  'through a variable, ~ and a filter': '{% set v = COMPILE_CONTEXT.securityContext.c ~ "" %}{{ v | string }}',
} as const;

describe.each(Object.entries(WAYS))('written with %s', (_, way) => {
  // One way in full; the others come to the same tokens.
  const isFirst = way === WAYS['double braces'];
  const hostile = HOSTILE.filter((_claim, i) => isFirst || i % 5 === 0);
  const numRuns = isFirst ? 40 : 8;

  it.each(Object.entries(PLACES))('%s, a claim is one literal', async (_name, sql) => {
    const sources = await opened(cubeOf(sql.replaceAll('§', way)));
    const benign = rendered(sources, 'acme');
    if (benign instanceof SqlError) throw benign;
    const expected = structure(benign, '');
    const check = (claim: Claim): void => {
      const result = rendered(sources, claim);
      if (result instanceof SqlError) throw new Error(`refused ${String(claim)}: ${result.message}`);
      expect(structure(result, ''), result).toEqual(expected);
      if (typeof claim === 'string') {
        expect(
          literals(result).some((text) => text.includes(claim)),
          result,
        ).toBe(true);
      }
    };
    for (const claim of hostile) check(claim);
    const texts = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed());
    fc.assert(fc.property(texts, check), { numRuns });
    for (const claim of UNFIT) {
      const result = rendered(sources, claim);
      expect(result, String(claim)).toBeInstanceOf(SqlError);
      expect((result as SqlError).code).toBe('42501');
    }
    for (const missing of [undefined, null]) {
      expect((rendered(sources, missing) as SqlError).message).toBe('security context lacks "c"');
    }
  });

  it.each(Object.entries(NAME_PLACES))('%s, a claim is a plain name or refused', async (_name, sql) => {
    const sources = await opened(cubeOf(sql.replaceAll('§', way)));
    const benign = rendered(sources, 'acme');
    if (benign instanceof SqlError) throw benign;
    const names = (claim: string) =>
      [claim, `tenant_${claim}`, `a${claim}b`].find((name) => benign.includes(`"${name}"`));
    const pattern = names('acme')?.replace('acme', '§') ?? '';
    const expected = structure(benign, names('acme') ?? '');
    const check = (claim: Claim): void => {
      const result = rendered(sources, claim);
      if (result instanceof SqlError) {
        expect(result.message).toMatch(
          /^claim "c" (cannot be part of a name|must be a plain value here|must be a list of plain values)$/,
        );
        return;
      }
      const name = pattern.replace('§', String(claim));
      expect(name).toMatch(/^[a-z0-9_]{1,63}$/);
      expect(structure(result, name), result).toEqual(expected);
    };
    for (const claim of [...hostile, ...UNFIT, ['a']]) check(claim);
    // A name that the SQL has already would be taken for the claim.
    const anything = fc.string({ unit: 'binary' }).filter((text) => !/^[a-z]{1,6}$/.test(text));
    fc.assert(fc.property(anything, check), { numRuns });
    for (const claim of ['acme', 'b_2', '_x']) expect(rendered(sources, claim)).not.toBeInstanceOf(SqlError);
    for (const claim of ['A', 'a-b', 'a.b', 'ä', 'a b', 'x'.repeat(64), true, 1.5, -1]) {
      expect(rendered(sources, claim), String(claim)).toBeInstanceOf(SqlError);
    }
    expect((rendered(sources, undefined) as SqlError).message).toBe('security context lacks "c"');
  });
});

describe('a list', () => {
  const listed = (claim: string) => `SELECT * FROM t WHERE a IN ${claim} AND b NOT IN ${claim}`;
  it.each([
    ['{{ list(COMPILE_CONTEXT.securityContext.c) }}'],
    ['{ list(COMPILE_CONTEXT.securityContext.c) }'],
    ['{{ COMPILE_CONTEXT.securityContext.c }}'],
  ])('%s stands in parentheses', async (way) => {
    const sources = await opened(cubeOf(listed(way)));
    const sql = (claim: Claim): string => String(rendered(sources, claim)).replace(/\s+/g, ' ').trim();
    expect(sql(['a', "b'); --", 1, -2, 9007199254740993n, true])).toBe(
      listed("('a', 'b''); --', 1, (-2), 9007199254740993, TRUE)").replaceAll('  ', ' '),
    );
    expect(sql([])).toBe(listed('(NULL)'));
    for (const claim of [[null], ['a', null], [['a']], [{}], ['\0']]) {
      expect(rendered(sources, claim), JSON.stringify(claim)).toBeInstanceOf(SqlError);
    }
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), (claim) => {
        const usable = claim.every((text) => !text.includes('\0') && text.isWellFormed());
        const result = rendered(sources, claim);
        expect(result instanceof SqlError).toBe(!usable);
        if (!(result instanceof SqlError)) expect(literals(result)).toEqual([...claim, ...claim]);
      }),
      { numRuns: 60 },
    );
  });

  it('joined by hand is data too, and an empty one is refused', async () => {
    const sources = await opened(
      cubeOf(`SELECT * FROM t WHERE a IN ({{ COMPILE_CONTEXT.securityContext.c | join(', ') }})`),
    );
    expect(String(rendered(sources, ['a', "b'"])).replace(/\s+/g, ' ')).toContain("IN ( 'a' , 'b''' )");
    expect(rendered(sources, [])).toBeInstanceOf(SqlError);
  });

  it('is not made of what is no list', async () => {
    const sources = await opened(cubeOf(listed('{{ list(COMPILE_CONTEXT.securityContext.c) }}')));
    for (const claim of ['US', 1, true, { a: 1 }]) {
      expect((rendered(sources, claim) as SqlError).message).toBe('claim "c" must be a list');
    }
  });
});

describe('in YAML', () => {
  const TITLES = {
    plain: 'title: {{ COMPILE_CONTEXT.securityContext.c }}',
    quoted: 'title: "{{ COMPILE_CONTEXT.securityContext.c }}"',
    single: "title: 'x {{ COMPILE_CONTEXT.securityContext.c }}'",
    block: 'title: |\n      {{ COMPILE_CONTEXT.securityContext.c }}',
    folded: 'title: >\n      {{ COMPILE_CONTEXT.securityContext.c }}\n      y',
    flow: 'meta: {a: {{ COMPILE_CONTEXT.securityContext.c }}, b: [1]}\n    title: "{{ COMPILE_CONTEXT.securityContext.c }}"',
  } as const;
  it.each(Object.entries(TITLES))('a title keeps to itself: %s', async (_, title) => {
    const sources = await opened(
      `cubes:\n  - name: a\n    sql_table: t\n    ${title}\n    public: true\n    dimensions: [{name: id, sql: id, type: number}]\n`,
    );
    for (const claim of HOSTILE) {
      if (typeof claim === 'boolean') continue;
      const { model, problems } = renderModel(sources, { c: claim }).usable();
      expect(problems).toEqual([]);
      expect([...model.cubes.keys()]).toEqual(['a']);
      const cube = model.cubes.get('a');
      expect(cube?.title).toContain(String(claim));
      expect(cube?.public).toBe(true);
      expect([...(cube?.dimensions.keys() ?? [])]).toEqual(['id']);
    }
  });

  it('a claim is no key, no condition and no filter value', async () => {
    const written = '{{ COMPILE_CONTEXT.securityContext.c }}';
    for (const part of [
      `"${written}": x`,
      `access_policy: [{group: "*", conditions: [{if: "{ securityContext.a == '${written}' }"}]}]`,
      `access_policy: [{group: "*", row_level: {filters: [{member: id, operator: equals, values: ["${written}"]}]}}]`,
    ]) {
      const sources = await opened(
        `cubes:\n  - name: a\n    sql_table: t\n    ${part}\n    dimensions: [{name: id, sql: id, type: string}]\n`,
      );
      const { model } = renderModel(sources, { c: "x' or true or '" }).usable();
      expect([...model.cubes.keys()]).toEqual([]);
      expect(model.unrendered?.get('a')?.code).toBe('42501');
    }
  });
});

describe('what is made of the claims', () => {
  it('is rendered once: a claim that looks like a template is text', async () => {
    const sources = await opened(cubeOf(`SELECT * FROM t WHERE a = '{{ COMPILE_CONTEXT.securityContext.c }}'`));
    for (const claim of ['{{ 7*7 }}', '{% if true %}x{% endif %}', '{# #}', '{ COMPILE_CONTEXT.securityContext.d }']) {
      const { model } = renderModel(sources, { c: claim, d: 'other' }).usable();
      expect(JSON.stringify(model.cubes.get('a')?.source.sql.parts)).toContain(claim);
    }
  });

  it.each([
    ['{{ range.constructor("return process")() }}', 'is not defined'],
    ['{{ COMPILE_CONTEXT.constructor.constructor("return 1")() }}', 'is not defined'],
    ['{{ "".constructor }}', 'is not defined'],
    ['{{ [].__proto__ }}', 'is not defined'],
    ['{% include "../../etc/passwd" %}', 'there is no file "../../etc/passwd" in the model'],
    ['{% for i in range(100000000) %}x{% endfor %}', 'range() of more than'],
    ['{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', 'nested deeper than'],
    [
      '{% for a in range(1000) %}{% for b in range(1000) %}{{ b }}{% endfor %}{% endfor %}',
      'takes more than 500000 steps',
    ],
    [`{% set x = "${'x'.repeat(1000)}" %}${'{% set x = x ~ x %}'.repeat(20)}{{ x }}`, 'writes more than 16 MiB'],
  ])('and reaches nothing beyond: %s', async (expression, message) => {
    await writeFile(join(folder, 'cubes/a.yml'), cubeOf(`SELECT 1 AS id ${expression}`));
    const { source, problems } = await openModel(folder);
    expect(source).toBeUndefined();
    expect(problems.map((problem) => problem.message).join('\n')).toContain(message);
  });

  it('the names of objects’ own methods are missing claims', async () => {
    for (const name of ['toString', 'constructor', 'hasOwnProperty', 'then', '__proto__', 'valueOf']) {
      const sources = await opened(
        cubeOf(`SELECT {% if COMPILE_CONTEXT.securityContext.${name} %}1{% else %}2{% endif %} AS id`),
      );
      expect(rendered(sources, undefined)).toContain('SELECT 2 AS id');
    }
  });
});
