/** Jinja as model files use it: what a template writes, which part of it is data, and when it is refused. */
import { describe, expect, it } from 'vitest';
import { gatherProblems } from '../../src/model/problems.ts';
import type { SecurityContext } from '../../src/model/security-context.ts';
import { loadAuthorFunctions } from '../../src/model/template/author-functions.ts';
import { templateGlobals } from '../../src/model/template/globals.ts';
import { recordReads } from '../../src/model/template/recorded-context.ts';
import { readTemplate, render } from '../../src/model/template/render.ts';
import { claimTokens } from '../../src/model/template/tokens.ts';
import { TemplateFault } from '../../src/model/template/value.ts';

const LIBRARY = readTemplate(
  'cubes/macros.jinja',
  '{% macro quoted(x, mark="\'") %}{{ mark }}{{ x }}{{ mark }}{% endmacro %}{% set answer = 42 %}',
);

const claims: SecurityContext = {
  org: 'acme',
  n: 7,
  big: 9007199254740993n,
  yes: true,
  no: false,
  zero: 0,
  empty: '',
  nothing: null,
  list: ['a', 'b'],
  vacant: [],
  deep: { name: 'x', list: [1, 2] },
  text: 'false',
};

/** The text with «data» marked, `!reason!` where the context has no value, or the author's fault with its place. */
function rendered(source: string, context = claims, functions = new Map()): string {
  const tokens = claimTokens();
  const globals = templateGlobals(recordReads(context), functions, { HOME: 'home' });
  try {
    // `c.x` is short for COMPILE_CONTEXT.securityContext.x here.
    const template = readTemplate('a.yml', source.replace(/\bc\.(?=[a-z])/g, 'COMPILE_CONTEXT.securityContext.'));
    const find = (name: string) => (name === 'macros.jinja' ? LIBRARY : undefined);
    return tokens
      .split(render(template, { globals, tokens, find }).text)
      .map((piece) => {
        if (piece.kind === 'text') return piece.text;
        const { value } = piece;
        if (value.kind === 'denied') return `!${value.error.code} ${value.error.message}!`;
        return `«${value.kind === 'list' ? `[${value.values.join()}]` : value.value}»`;
      })
      .join('');
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    return `${error.at?.file}:${error.at?.line}:${error.at?.column} ${error.message}`;
  }
}

const lacks = (name: string) => `!42501 security context lacks "${name}"!`;
const mustBe = (name: string) => `!42501 claim "${name}" must be a boolean!`;

describe('a claim', () => {
  it.each([
    ['{{ c.org }}', '«acme»'],
    ['{{ COMPILE_CONTEXT.security_context.org }}', '«acme»'],
    ["{{ COMPILE_CONTEXT['securityContext']['org'] }}", '«acme»'],
    ['{ COMPILE_CONTEXT.securityContext.org }', '«acme»'],
    ["\u0024{ COMPILE_CONTEXT.securityContext['deep'].name }", '«x»'],
    ['\\{ COMPILE_CONTEXT.securityContext.org \\}', '\\{ COMPILE_CONTEXT.securityContext.org \\}'],
    ['\\{ COMPILE_CONTEXT.securityContext.org }', '\\{ COMPILE_CONTEXT.securityContext.org }'],
    ['{{ c.big }} {{ c.yes }} {{ c.zero }} {{ c.deep.list[1] }}', '«9007199254740993» «true» «0» «2»'],
    ['{{ c.list }} {{ list(c.vacant) }} {{ list(c.deep.list) }}', '«[a,b]» «[]» «[1,2]»'],
    ["{{ 'x' ~ c.org ~ 1 }}", 'x«acme»1'],
    ["{{ 'x' + c.org }}", 'x«acme»'],
    ['{{ c.org | upper }} {{ c.org.upper() }} {{ c.org | replace("a", "b") }}', '«ACME» «ACME» «bcme»'],
    ["{{ ('x' ~ c.org) | upper }}", 'X«ACME»'],
    ["{{ ('x' ~ c.org) | trim }}", /^a\.yml:1:\d+ a text with a claim in it cannot go through "trim"/],
    ["{{ c.list | join(', ') }}", '«a», «b»'],
    ["{{ c.vacant | join(', ') }}", '!42501 claim "vacant" must not be an empty list here!'],
    ['{% set v = c.org %}{{ v }}', '«acme»'],
    ['{% set v %}x{{ c.org }}{% endset %}{{ v }}', 'x«acme»'],
    ['{% for x in c.list %}{{ loop.index }}{{ x }}{% endfor %}', '1«a»2«b»'],
    ['{% for x in c.vacant %}x{% else %}none{% endfor %}', 'none'],
    ['{{ c.n + 1 }} {{ c.list | length }} {{ -c.n }}', '«8» 2 «-7»'],
    ['{{ c.deep }}', '!42501 claim "deep" must be a plain value here!'],
    [
      '{{ c.missing }} {{ c.nothing }} {{ c.org.first }}',
      `${lacks('missing')} ${lacks('nothing')} ${lacks('org.first')}`,
    ],
    ['{{ c.a.b.c }} {{ list(c.missing) }}', `${lacks('a.b.c')} ${lacks('missing')}`],
    ['{% for x in c.missing %}x{% endfor %}', lacks('missing')],
    ['{{ c.missing.upper() }} {{ c.missing | upper }}', `${lacks('missing')} ${lacks('missing')}`],
    ["{{ c.missing | default('d') }} {{ c.nothing | d('d') }} {{ c.org | default('d') }}", 'd d «acme»'],
    ["{{ c.empty | default('d') }}{{ c.empty | default('d', true) }}", '«»d'],
    ["{% set v = c.missing ~ 'x' %}{% if v is defined %}{{ v }}{% endif %}", lacks('missing')],
    ['{{ list(c.org) }}', '!42501 claim "org" must be a list!'],
    ['{{ COMPILE_CONTEXT.other }}', 'a.yml:1:1 "other" is not defined'],
    ['{ COMPILE_CONTEXT.other }', 'a.yml:1:1 COMPILE_CONTEXT has no "other"'],
    ['\n  { COMPILE_CONTEXT.securityContext.a + 1 }', /^a\.yml:2:3 braces with COMPILE_CONTEXT hold one claim/],
  ])('%s', (source, expected) => {
    if (typeof expected === 'string') expect(rendered(source)).toBe(expected);
    else expect(rendered(source)).toMatch(expected);
  });
});

describe('a condition', () => {
  const shown = (condition: string) => rendered(`{% if ${condition} %}yes{% else %}no{% endif %}`);
  it.each([
    // Alone: a boolean, or what counts as false.
    ['c.yes', 'yes'],
    ['c.no', 'no'],
    ['c.zero', 'no'],
    ['c.empty', 'no'],
    ['c.nothing', 'no'],
    ['c.missing', 'no'],
    ['c.missing.deeper', 'no'],
    ['c.text', mustBe('text')],
    ['c.org', mustBe('org')],
    ['c.n', mustBe('n')],
    ['c.list', mustBe('list')],
    ['c.vacant', mustBe('vacant')],
    ['c.deep', mustBe('deep')],
    ["c.org ~ ''", mustBe('org')],
    ['c.org | upper', mustBe('org')],
    ['c.yes and c.org', mustBe('org')],
    ['c.no or c.org', mustBe('org')],
    ['c.yes or c.org', 'yes'],
    // Compared: the value itself.
    ["c.org == 'acme'", 'yes'],
    ["c.org != 'acme'", 'no'],
    ['c.n == 7 and c.n < 8 and 6 < c.n', 'yes'],
    ["c.n == '7'", 'no'],
    ['c.big > 9007199254740991', 'yes'],
    ["'a' in c.list and c.org in ['acme', 'x']", 'yes'],
    ["'z' not in c.list", 'yes'],
    ["c.org.startswith('ac')", 'yes'],
    ['c.deep.list | length == 2', 'yes'],
    // Of different types: never equal, and never unequal either.
    ["c.n != '7'", '!42501 claims of different types cannot be compared!'],
    ['c.list != 1', '!42501 claims of different types cannot be compared!'],
    ['c.n not in ["7"]', '!42501 claims of different types cannot be compared!'],
    ['c.org < 1', '!42501 claims of different types cannot be compared!'],
    // Missing: false, unless that would open.
    ["c.missing == 'x'", 'no'],
    ['c.missing < 1 or c.missing > 1', 'no'],
    ["'x' in c.missing", 'no'],
    ["c.missing in ['x']", 'no'],
    ['c.missing and c.yes', 'no'],
    ['c.missing or c.yes', 'yes'],
    ['not c.missing', lacks('missing')],
    ['not c.nothing', lacks('nothing')],
    ["not (c.missing == 'x')", lacks('missing')],
    ["not (c.missing == 'x' or c.no)", lacks('missing')],
    ["not (c.missing == 'x' and c.yes)", lacks('missing')],
    ['not (c.missing or c.yes)', 'no'],
    ["c.missing != 'x'", lacks('missing')],
    ["c.missing not in ['x']", lacks('missing')],
    ["'x' not in c.missing", lacks('missing')],
    ['c.missing is not string', lacks('missing')],
    ['c.missing is defined', 'no'],
    ['c.missing is not defined', 'yes'],
    ['c.nothing is defined', 'no'],
    ['c.nothing is none', 'yes'],
    ['c.org is defined and c.org is string', 'yes'],
    ['not (c.missing | default(false))', 'yes'],
    ["(c.missing | default('y')) != 'x'", 'yes'],
    ['not c.zero', 'yes'],
    ['not c.no', 'yes'],
    ['not c.text', mustBe('text')],
    // Of the author's own.
    ['unknown', 'no'],
    ["''", 'no'],
    ["'x' and [1] and {'a': 1} and 1", 'yes'],
    ['[] or {} or 0 or none', 'no'],
  ])('%s', (condition, expected) => {
    const denied = expected.startsWith('!');
    expect(shown(condition)).toBe(expected);
    const inline = rendered(`{{ 'yes' if ${condition} else 'no' }}`);
    expect(inline).toBe(expected);
    if (!denied) expect(rendered(`{% set v = ${condition} %}{% if v %}yes{% else %}no{% endif %}`)).toBe(expected);
  });
});

describe('the language', () => {
  it.each([
    ['a{# comment #}b', 'ab'],
    ['{% raw %}{{ x }}{% endraw %}', '{{ x }}'],
    ['a\n{%- if true %}\n b\n{%- endif %}', 'a\n b'],
    ['{% for x in [1, 2] -%}\n {{ x }}\n{%- endfor %}', '12'],
    ["{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}", 'a1b2'],
    ["{% for x in range(3) %}{{ x }}{{ ',' if not loop.last }}{% endfor %}", '0,1,2'],
    ['{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }} {{ m(1, b=3) }}', '12 13'],
    ['{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}x{% endcall %}', '<x>'],
    ["{% from 'macros.jinja' import quoted as q, answer %}{{ q(1) }}{{ answer }}", "'1'42"],
    ["{% import 'macros.jinja' as m %}{{ m.quoted(COMPILE_CONTEXT.securityContext.org) }}", "'«acme»'"],
    ['{% set ns = namespace(n=0) %}{% for x in [1, 2] %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}', '3'],
    ["{% set l = [] %}{% set _ = l.append('x') %}{{ l | join }}", 'x'],
    ["{{ ['b', 'a', 'b'] | unique | sort | join('-') }} {{ ['a'] | map('upper') | first }}", 'a-b A'],
    ["{{ [{'n': 'x'}] | map(attribute='n') | join }} {{ 'a-b'.split('-') | last }}", 'x b'],
    ["{{ 7 // 2 }} {{ 7 % 4 }} {{ 2 ** 3 }} {{ 7 / 2 }} {{ '5' | int + 1 }} {{ 2.5 | round }}", '3 3 8 3.5 6 3'],
    ["{{ env_var('HOME') }} {{ env_var('NOT_SET', 'x') }}", 'home x'],
    ["{{ 'a\\nb' | indent(2) }}", 'a\n  b'],
    ['{% if none is none and 3 is odd and 4 is divisibleby(2) %}ok{% endif %}', 'ok'],
    ['{{ true }} {{ 1 < 2 }}', '«true» «true»'],
  ])('%s', (source, expected) => {
    expect(rendered(source)).toBe(expected);
  });

  it.each([
    ['{{ x }}', 'a.yml:1:1 "x" is not defined'],
    ['a\n  {{ x() }}', 'a.yml:2:6 "x" is not defined'],
    ['a\n{% set y = 1 | nope %}', 'a.yml:2:16 unknown filter "nope"'],
    ['{{ 1 is nope }}', 'a.yml:1:4 unknown test "nope"'],
    ['{{ [1] }}', 'a.yml:1:1 a list is no text'],
    ['{{ none }}', 'a.yml:1:1 a none is no text'],
    ["{{ 'a' * 3 }}", 'a.yml:1:4 a text is no number'],
    ['{{ 9007199254740993 }}', 'a.yml:1:4 the number is too large to be exact'],
    ['{{ env_var("NOT_SET") }}', 'a.yml:1:4 environment variable "NOT_SET" is not set'],
    ['{% block x %}{% endblock %}', 'a.yml:1:4 block is not supported in templates'],
    ['{% if x %}', 'a.yml:1:1 template: expected elif, else, or endif, got end of file'],
    ['\n{{ a b }}', 'a.yml:2:6 template: expected variable end'],
    ['\n{% nope %}', 'a.yml:2:4 template: unknown block tag: nope'],
    ["{% from 'macros.jinja' import nope %}", 'a.yml:1:4 the imported file has no "nope"'],
    ["{% import 'nope.jinja' as m %}", 'a.yml:1:4 there is no file "nope.jinja" in the model'],
    ['{{ "\ue000" }}', /private-use characters/],
  ])('refuses %s', (source, expected) => {
    if (typeof expected === 'string') expect(rendered(source)).toBe(expected);
    else expect(rendered(source)).toMatch(expected);
  });

  it('keeps the place of everything that the author has written', () => {
    const source =
      'a\n{% for x in [1, 2] %}\n  name: {{ x }} z\n{% endfor %}\nlast { COMPILE_CONTEXT.securityContext.org } e';
    const globals = templateGlobals(recordReads(claims), new Map(), {});
    const { text, origin } = render(readTemplate('a.yml', source), {
      globals,
      tokens: claimTokens(),
      find: () => undefined,
    });
    const places = [...text.matchAll(/name|z|last|e$/g)].map(({ 0: word, index }) => {
      const { line, column } = origin(index);
      return [word, line, column];
    });
    expect(places).toEqual([
      ['name', 3, 3],
      ['z', 3, 17],
      ['name', 3, 3],
      ['z', 3, 17],
      ['last', 5, 1],
      ['e', 5, 46],
    ]);
  });
});

describe('the author’s functions', () => {
  it('give data, unless they say otherwise', async () => {
    const problems = gatherProblems();
    const folder = new URL('../models/dynamic-public', import.meta.url).pathname;
    const functions = await loadAuthorFunctions(folder, problems);
    expect(problems.list()).toEqual([]);
    const shown = (source: string) => rendered(source, claims, new Map(functions));
    expect(shown('{{ city_of(COMPILE_CONTEXT) }}')).toBe('«Rome»');
    expect(shown('{{ columns() | first | string }}')).toBe('a.yml:1:24 a dict is no text');
    expect(shown("{{ columns() | map(attribute='name') | join(', ') }}")).toBe('name, city');
    expect(shown('{{ broken() }}')).toBe('!42501 function "broken" of the model failed!');
    expect(shown("{% if is_accessible_by_team('default', COMPILE_CONTEXT) %}yes{% endif %}")).toBe('yes');
    // Nobody's function stands in for the context.
    expect(rendered('{{ c.org }}', claims, new Map([['COMPILE_CONTEXT', { kind: 'none' }]]))).toBe('«acme»');
  });

  it('cannot change the context, and what they read of it is known', () => {
    const { claims: seen, reads } = recordReads(claims);
    const open = seen as { team?: string; org: string; deep?: object };
    expect(() => {
      open.team = 'default';
    }).toThrow(TypeError);
    expect(() => delete open.deep).toThrow(TypeError);
    const loose = { deep: { list: ['a'] } };
    const deep = recordReads(loose).claims.deep as { list: string[] };
    expect(() => deep.list.push('b')).toThrow(TypeError);
    expect(loose).toEqual({ deep: { list: ['a'] } });
    expect(Object.hasOwn(seen, 'team')).toBe(false);
    expect([...reads]).toEqual(['team']);
    expect(open.org).toBe('acme');
    expect('n' in seen).toBe(true);
    expect([...reads]).toEqual(['team', 'org', 'n']);
    expect({ ...seen }).toEqual(claims);
    expect(reads.has('*')).toBe(true);
  });
});
