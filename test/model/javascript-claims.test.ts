// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scripts stand in strings here
/** Claims in JavaScript models: what an expression writes, which part of it is data, and when it is refused. */
import { describe, expect, it } from 'vitest';
import { evaluateScripts } from '../../src/model/javascript/evaluate.ts';
import { readScripts } from '../../src/model/javascript/script.ts';
import { gatherProblems, problemText } from '../../src/model/problems.ts';
import type { SecurityContext } from '../../src/model/security-context.ts';
import { entryOf, type SourceNode } from '../../src/model/source.ts';
import { recordReads } from '../../src/model/template/recorded-context.ts';
import { claimTokens } from '../../src/model/template/tokens.ts';
import { TemplateFault } from '../../src/model/template/value.ts';

const claims: SecurityContext = {
  org: 'acme',
  padded: ' A b ',
  n: 7,
  negative: -3,
  big: 9007199254740993n,
  yes: true,
  no: false,
  zero: 0,
  empty: '',
  nothing: null,
  list: ['a', 'b'],
  numbers: [1, 2],
  vacant: [],
  deep: { name: 'x', list: [1, 2], 'odd key': 'y' },
  people: [
    { name: 'ann', active: true },
    { name: 'ben', active: 'false' },
  ],
  text: 'false',
  constructor_: 'constructor',
};

/** The text with «data» marked, `!reason!` where the context has no value, or the author's fault with its place. */
function evaluated(source: string, context = claims): string {
  const tokens = claimTokens();
  const problems = gatherProblems();
  const scripts = readScripts('nowhere', [{ path: 'a.js', content: source }], problems);
  const [problem] = problems.list();
  if (problem !== undefined) return problemText(problem);
  const recorded = recordReads(context);
  const [result] = evaluateScripts(scripts, { recorded, tokens, functions: new Map(), environment: { HOME: 'home' } });
  if (result === undefined) throw new Error('no script');
  const { node, left, notes } = result;
  if (node instanceof TemplateFault) return `${node.at?.file}:${node.at?.line}:${node.at?.column} ${node.message}`;
  const [denied] = left;
  const noted = notes.map(({ at, message }) => ` (line ${at.line}: ${message})`).join('');
  if (denied !== undefined) return `!${denied.error.code} ${denied.error.message}!${noted}`;
  return tokens
    .split(sqlOf(node))
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      const { value } = piece;
      if (value.kind === 'denied') return `!${value.error.code} ${value.error.message}!`;
      return `«${value.kind === 'list' ? `[${value.values.join()}]` : value.value}»`;
    })
    .join('');
}

function sqlOf(node: SourceNode): string {
  const cubes = node.kind === 'map' ? entryOf(node, 'cubes')?.value : undefined;
  const [cube] = cubes?.kind === 'list' ? cubes.items : [];
  const sql = cube?.kind === 'map' ? entryOf(cube, 'sql')?.value : undefined;
  return sql?.kind === 'scalar' ? String(sql.value) : 'nothing';
}

/** `c` is the security context. */
function written(expression: string, context = claims): string {
  return evaluated(
    `const c = COMPILE_CONTEXT.securityContext; const sqlOf = () => (${expression}); cube('a', { sql: \`\${sqlOf()}\` });`,
    context,
  );
}

const lacks = (name: string) => `!42501 security context lacks "${name}"!`;
const mustBe = (name: string) => `!42501 claim "${name}" must be a boolean!`;

describe('a claim written out', () => {
  it.each([
    ['c.org', '«acme»'],
    ["c['org']", '«acme»'],
    ["c['o' + 'rg']", '«acme»'],
    ['COMPILE_CONTEXT.security_context.org', '«acme»'],
    ['securityContext.org', '«acme»'],
    ['security_context.deep.name', '«x»'],
    ['SECURITY_CONTEXT.org.unsafeValue()', '«acme»'],
    ['`x${c.org}y`', 'x«acme»y'],
    ["'x' + c.org + 'y'", 'x«acme»y'],
    ["c.org + '.orders'", '«acme».orders'],
    ["'x'.concat(c.org, 1)", 'x«acme»1'],
    ["c.org.concat('y')", '«acme»y'],
    ["['x', c.org].join('.')", 'x.«acme»'],
    ['String(c.org)', '«acme»'],
    ['c.org.toString()', '«acme»'],
    ['String.raw`x${c.org}`', 'x«acme»'],
    ['`${c.big} ${c.n} ${c.yes} ${c.zero} ${c.negative}`', '«9007199254740993» «7» «true» «0» «-3»'],
    ['`${c.list} ${c.vacant}`', '«[a,b]» «[]»'],
    ['c.org.toUpperCase()', '«ACME»'],
    ["c.padded.trim().toLowerCase().replace(' ', '_')", '«a_b»'],
    ['`${c.org}_x`.toUpperCase()', '«ACME»_X'],
    ['` ${c.padded} `.trim()', '« A b »'],
    ["`a  ${c.org}  b`.replace(/\\s+/g, ' ')", 'a «acme» b'],
    ["`a,${c.org}`.split(',')[1]", '«acme»'],
    ["`x${c.org}e1`.replace(/[a-z0-9]/, '-').replaceAll('e', '+')", '-«acme»+1'],
    ["c.org.split('c')[0]", '«a»'],
    ['c.org[0] + c.org.slice(1, 3)', '«a»«cm»'],
    ["'tenant_x'.replace('x', c.org)", '«tenant_acme»'],
    ['c.list.map((x) => `<${x}>`).join(", ")', '<«a»>, <«b»>'],
    ["c.list.filter((x) => x === 'b').join()", '«b»'],
    ['[...c.list, 1].length', '3'],
    ['[...c.list].join("-")', '«a»-«b»'],
    ['["z"].concat(c.list).join()', 'z,«a»,«b»'],
    ['c.list[1]', '«b»'],
    ['c.list.length + c.numbers.length', '4'],
    ['c.n + 1', '«8»'],
    ['c.n * 2 - c.zero', '«14»'],
    ['-c.n', '«-7»'],
    ['Number(c.text + "1") || "none"', '!42501 claim "a text" is no number that can be calculated with!'],
    ["parseInt('12' , 10)", '12'],
    ['Math.max(c.n, 3)', '«7»'],
    ['Object.keys(c.deep).join()', '«name»,«list»,«odd key»'],
    ['Object.entries(c.deep).map(([k, v]) => k + "=" + v).join()', '«name»=«x»,«list»=«[1,2]»,«odd key»=«y»'],
    ['(() => { let t = ""; for (const k in c.deep) t += k; return t; })()', '«name»«list»«odd key»'],
    ['(() => { let t = ""; for (const x of c.list) { t += x; } return t; })()', '«a»«b»'],
    ['(() => { const { org, deep: { name: other } } = c; return org + other; })()', '«acme»«x»'],
    ['(() => { const [first, ...rest] = c.list; return first + rest; })()', '«a»«b»'],
    ["(({ org, missing = 'default' }) => org + missing)(c)", '«acme»default'],
    ["c.missing || 'default'", 'default'],
    ["c.missing ?? 'default'", 'default'],
    ["c.nothing ?? 'default'", 'default'],
    ["c.empty || 'default'", 'default'],
    ['c.empty ?? "default"', '«»'],
    ['c.org || "default"', '«acme»'],
    ["c.missing?.name?.first ?? 'none'", 'none'],
    ['c.deep?.name', '«x»'],
    ["c.missing?.toLowerCase() ?? 'none'", 'none'],
    ['c.list?.[0]', '«a»'],
    ["sql.raw('x' + c.org)", 'x«acme»'],
    ['process.env.HOME', 'home'],
    ["new Map([['k', 1]]).set('v', c.org).get('v')", '«acme»'],
  ])('%s', (expression, expected) => {
    expect(written(expression)).toBe(expected);
  });

  it.each([
    ['c.missing', lacks('missing')],
    ['`x${c.missing}y`', `x${lacks('missing')}y`],
    ['c.nothing', lacks('nothing')],
    ["'x' + c.missing", `x${lacks('missing')}`],
    ['c.deep.missing', lacks('deep.missing')],
    ['c.missing.name', `${lacks('missing')} (line 1: Cannot read properties of undefined (reading 'name'))`],
    ['c.missing.toLowerCase()', lacks('missing')],
    ["['x', c.missing].join('.')", `x.${lacks('missing')}`],
    ['c.missing.map((x) => x).join()', lacks('missing')],
    ['[...c.missing].join()', lacks('missing')],
    ['c.missing + 1', lacks('missing')],
    ['c.missing * 2', lacks('missing')],
    ['securityContext.missing', lacks('missing')],
    ['(() => { const { missing: other } = c; return `${other}.x`; })()', `${lacks('missing')}.x`],
    ["(() => { if (!c.missing) throw new Error('no'); return 1; })()", `${lacks('missing')} (line 1: no)`],
    ["SECURITY_CONTEXT.missing.filter((x) => 'a = ' + x)", lacks('missing')],
    ['c.deep', '!42501 claim "deep" must be a plain value here!'],
    ['c.people', '!42501 claim "people" must be a list of plain values!'],
    ['c.org * 2', '!42501 claim "org" must be a number!'],
    ['c.big + 1', '!42501 claim "big" must be a number!'],
    ['c.n.toLowerCase()', '!42501 claim "n" must be a text!'],
    ['c.list.toLowerCase()', '!42501 claim "list" must be a text!'],
    ['c.org.map((x) => x)', '!42501 claim "org" must be a list!'],
    ['[...c.org].join()', '!42501 claim "org" must be a list!'],
    ['({ ...c.deep })', '!42501 claim "deep" must be a list!'],
    ['c.n / 0', '!42501 claim "n" is no number that can be calculated with!'],
  ])('%s lacks something', (expression, expected) => {
    expect(written(expression)).toBe(expected);
  });
});

describe('a claim that is looked at', () => {
  it.each([
    ["c.org === 'acme'", 'true'],
    ["'acme' == c.org", 'true'],
    ["c.org !== 'other'", 'true'],
    ['c.n === 7', 'true'],
    ["c.n === '7'", 'false'],
    ['c.n > 6 && c.n <= 7', 'true'],
    ['c.big === 9007199254740992', 'false'],
    ['c.big > 9007199254740992', 'true'],
    ["`${c.org}_x` === 'acme_x'", 'true'],
    ['c.missing === undefined', 'true'],
    ['c.nothing === null', 'true'],
    ['c.missing == null', 'true'],
    ["c.missing !== 'acme'", 'true'],
    ['c.org === c.org', 'true'],
    ['c.list === c.list', 'true'],
    ['typeof c.org', 'string'],
    ['typeof c.n + typeof c.big', 'numbernumber'],
    ['typeof c.missing', 'undefined'],
    ['typeof c.yes + typeof c.list', 'booleanobject'],
    ['typeof nowhere', 'undefined'],
    ["c.list.includes('a')", 'true'],
    ["c.list.includes('z')", 'false'],
    ["['acme', 'x'].includes(c.org)", 'true'],
    ["!['acme'].includes(c.org)", 'false'],
    ["['x', 'acme'].indexOf(c.org)", '1'],
    ["new Set(['acme']).has(c.org)", 'true'],
    ["new Map([['acme', 'm']]).get(c.org)", 'm'],
    ['[1, 2].includes(c.numbers[0])', 'true'],
    ["c.org.startsWith('ac') && c.org.includes('cm')", 'true'],
    ["'acme corp'.startsWith(c.org)", 'true'],
    ['/^ac/.test(c.org)', 'true'],
    ['/^acme_x$/.test(`${c.org}_x`)', 'true'],
    ["`${c.org}_x`.startsWith('acme')", 'true'],
    ['`${c.org}_x`.length', '6'],
    ['c.org.length', '4'],
    ["({ acme: 'hit' })[c.org]", 'hit'],
    ["({ acme_x: 'hit' })[`${c.org}_x`]", 'hit'],
    ["c.org in { acme: 1 } ? 'in' : 'out'", 'in'],
    ["'org' in c && !('missing' in c)", 'true'],
    ["Object.hasOwn(c, 'org') && c.hasOwnProperty('n')", 'true'],
    ['Array.isArray(c.list) && !Array.isArray(c.org)', 'true'],
    ["(() => { switch (c.org) { case 'acme': return 'A'; default: return 'B'; } })()", 'A'],
    ["(() => { switch (true) { case c.yes: return 'A'; default: return 'B'; } })()", 'A'],
    ["c.list.some((x) => x === 'b')", 'true'],
    ["c.people.find((p) => p.name === 'ann').name", '«ann»'],
    ['Number.isInteger(c.n)', 'true'],
    ['Object.is(c.org, "acme")', 'true'],
  ])('%s', (expression, expected) => {
    expect(written(`String(${expression})`)).toBe(expected);
  });

  it('is only its own: names of objects’ own methods are nobody’s', () => {
    expect(written("String(({ a: 1 })[c.constructor_] ?? 'none')")).toBe('none');
    expect(written('String(c.constructor_ in { a: 1 })')).toBe('false');
    expect(written("(({ a: 1 })[c.constructor_]?.() ?? 'none')")).toBe('none');
    for (const name of ['toString', 'constructor', 'hasOwnProperty', 'then', '__proto__', 'valueOf']) {
      expect(written(`c.${name} === undefined ? 'none' : 'some'`, {})).toBe('none');
    }
  });

  it.each([
    ['c.yes ? 1 : 2', '1'],
    ['c.no ? 1 : 2', '2'],
    ['c.missing ? 1 : 2', '2'],
    ['c.nothing ? 1 : 2', '2'],
    ['c.zero ? 1 : 2', '2'],
    ['c.empty ? 1 : 2', '2'],
    ['!c.missing ? 1 : 2', '1'],
    ['!c.yes ? 1 : 2', '2'],
    ['c.yes && c.n > 1 ? 1 : 2', '1'],
    ['(c.no || c.yes) ? 1 : 2', '1'],
    ['(() => { if (c.yes) return 1; return 2; })()', '1'],
    ['(() => { let i = 0; while (i < c.n) i += 1; return i; })()', '7'],
    ['(() => { let t = c.no; t ||= c.yes; return t ? 1 : 2; })()', '1'],
    ['Boolean(c.yes) ? 1 : 2', '1'],
    ['[1, 2].filter(() => c.no).length', '0'],
    ['[1].some(() => c.yes) ? 1 : 2', '1'],
  ])('%s', (expression, expected) => {
    expect(written(expression)).toBe(expected);
  });

  it.each([
    ['c.text ? 1 : 2', 'text'],
    ['c.org ? 1 : 2', 'org'],
    ['c.n ? 1 : 2', 'n'],
    ['c.list ? 1 : 2', 'list'],
    ['c.vacant ? 1 : 2', 'vacant'],
    ['c.deep ? 1 : 2', 'deep'],
    ['!c.text ? 1 : 2', 'text'],
    ['!!c.text ? 1 : 2', 'text'],
    ['c.text && 1', 'text'],
    ['(c.no || c.text) ? 1 : 2', 'text'],
    ['(c.missing ?? c.text) ? 1 : 2', 'text'],
    ['(() => { if (c.text) return 1; return 2; })()', 'text'],
    ['(() => { while (c.text) return 1; return 2; })()', 'text'],
    ['(() => { do { } while (c.text); return 2; })()', 'text'],
    ['(() => { for (; c.text; ) return 1; return 2; })()', 'text'],
    ['(() => { let t = c.text; t &&= 1; return t; })()', 'text'],
    ['Boolean(c.text) ? 1 : 2', 'text'],
    ['[1].filter(() => c.text).length', 'text'],
    ['[1].some(() => c.text)', 'text'],
    ['[1].every(() => c.text)', 'text'],
    ['[1].find(() => c.text)', 'text'],
    ['[c.text].filter(Boolean).length', 'text'],
    ['c.people.filter((p) => p.active).length', 'people[1].active'],
    ['securityContext.text ? 1 : 2', 'text'],
  ])('%s must be a boolean', (expression, name) => {
    expect(written(expression)).toBe(mustBe(name));
  });
});

describe('a claim where JavaScript would take it apart', () => {
  it.each([
    ['({ [c.org]: 1 })', 'a claim cannot be a key'],
    ['(() => { const o = {}; o[c.org] = 1; return o; })()', 'a claim cannot be a key'],
    ['({ ...c })', 'the security context cannot be taken apart here; name its parts'],
    ['Object.assign({}, c)', 'a claim cannot be given to Object.assign()'],
    ['JSON.stringify(c.deep)', 'a claim cannot be given to JSON.stringify()'],
    ['JSON.stringify({ a: c.deep })', 'a claim cannot be taken apart here; name its parts'],
    ['new Set(c.list).size', 'a claim cannot be given to new Set()'],
    ['new Set([c.org]).size', 'a claim cannot be given to new Set()'],
    ['new Set().add(c.org).size', 'a claim cannot be given to new Set().add()'],
    ['new Map().set(c.org, 1).size', 'a claim cannot be given to new Map().set()'],
    ['new Date(c.n)', 'a claim cannot be given to new Date()'],
    ['[...`x${c.org}`].length', 'a text that holds a claim cannot be taken apart'],
    ['`x${c.org}`[1]', 'a text that holds a claim cannot be taken apart'],
    ['`x${c.org}`.slice(3)', 'slice() cannot be called on a text that holds a claim; call it on the claim'],
    ["`x${c.org}`.replace(/[^a-z]/g, '')", 'this would damage a claim in the text; call it on the claim'],
    ["`x${c.org}`.replace(/./g, '')", 'this would damage a claim in the text; call it on the claim'],
    ['c.list.push("x")', 'the security context cannot be changed'],
    ['(() => { c.org = "x"; return c.org; })()', 'the security context cannot be changed'],
    ['(() => { delete c.org; return c.org; })()', 'the security context cannot be changed'],
    ['(() => { c.deep.name = "x"; return 1; })()', 'the security context cannot be changed'],
    ['[3, c.n].sort()[0]', 'sort() of claims needs a function that compares two'],
    ['(() => { let x = c.n; x++; return x; })()', 'a claim cannot be used here'],
    ['SECURITY_CONTEXT.org', "SECURITY_CONTEXT is written as SECURITY_CONTEXT.claim.filter('column')"],
    ['isNaN.call(null, c.org)', 'a claim cannot be given to isNaN.call()'],
    ['Reflect', 'Reflect cannot be used in a model'],
    ['eval("1")', 'eval cannot be used in a model'],
    ['globalThis', 'globalThis cannot be used in a model'],
    ['import("fs")', 'import() cannot be used in a model'],
    ["require('fs')", '"fs": only files of the model folder can be required'],
    ["require('../../etc/passwd.json')", 'there is no file "../../etc/passwd.json" in the model'],
    ['c.list["constructor"]["constructor"]("return process")()', undefined],
    ['(() => {}).constructor("return process")()', undefined],
  ])('%s is refused', (expression, message) => {
    const result = written(expression);
    expect(result).toMatch(message === undefined ? /^(!42501|a\.js:\d+:\d+ |[^«]*$)/ : /^(a\.js:1:\d+:? )/);
    if (message !== undefined) expect(result).toContain(message);
  });
});

describe('what is not there', () => {
  it.each([
    ['`${[][0]}`', 'a.js:1:72 "[][0]" is undefined'],
    ['`${1 / 0}`', 'a.js:1:72 "1 / 0" is Infinity'],
    ['`${{}}`', 'a.js:1:72 "{}" is an object and no text'],
    ['nowhere()', 'a.js:1:69 "nowhere" is not defined'],
    ['nowhere ? 1 : 2', '"nowhere" is not defined'],
    ['nowhere === 1', '"nowhere" is not defined'],
    ['({}).x()', '"({}).x" is not a function'],
    ['Orders.sql()', "Orders.sql() is not supported yet; write the other cube's SQL out"],
    ['null.x', "Cannot read properties of null (reading 'x')"],
    ["(() => { throw new Error('mine'); })()", 'a.js:1:1 mine'],
  ])('%s is a fault of the author’s', (expression, message) => {
    const result = evaluated(`const sqlOf = () => (${expression}); cube('a', { sql: \`\${sqlOf()}\` });`);
    expect(result).toMatch(/^a\.js:1:\d+ /);
    expect(result.replace(/^a\.js:1:\d+ /, '')).toContain(message.replace(/^a\.js:1:\d+ /, ''));
  });
});
