/** JSON with positions: the same values as JSON.parse, the same refusals, and where everything stands. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/model/json.ts';
import { gatherProblems, problemText } from '../../src/model/problems.ts';
import { entryOf, type SourceNode, trackSources } from '../../src/model/source.ts';

function read(text: string): { readonly node: SourceNode | undefined; readonly problems: readonly string[] } {
  const problems = gatherProblems();
  const node = parseJson('a.json', text, problems);
  return { node, problems: problems.list().map(problemText) };
}

/** Keys as JSON.parse keeps them: without the prototype of the tree. */
function plain(node: SourceNode): unknown {
  return JSON.parse(JSON.stringify(trackSources().plain(node)));
}

describe('JSON', () => {
  it('has the values that JSON.parse gives, however it is indented', () => {
    const json = fc.jsonValue({ noUnicodeString: false });
    const indents = fc.constantFrom(0, 2, '\t');
    fc.assert(
      fc.property(json, indents, (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const { node, problems } = read(text);
        expect(problems).toEqual([]);
        expect(node === undefined ? undefined : plain(node)).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  it('is refused where JSON.parse refuses it', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\n"',
      '"\\x"',
      '1',
      '01',
      '-',
      '1.',
      '.5',
      '1e3',
      'true',
      'nul',
      ' ',
      '\n',
      "'a'",
      '//',
      '\\',
      '+1',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 7 }), (parts) => {
        const text = parts.join('');
        const valid = ((): boolean => {
          try {
            JSON.parse(text);
            return true;
          } catch {
            return false;
          }
        })();
        expect({ text, valid: read(text).node !== undefined }).toEqual({ text, valid });
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, string]>([
    ['', 'a.json:1:1: error: invalid JSON: the file is empty'],
    ['{"a": 1,\n  "b" 2}', 'a.json:2:7: error: invalid JSON: ":" is expected'],
    ['[1,\n 2,]', 'a.json:2:4: error: invalid JSON: a value is expected'],
    ['{"a": 1,}', 'a.json:1:9: error: invalid JSON: a key in double quotes is expected'],
    ['{"a": "b\n"}', 'a.json:1:9: error: invalid JSON: the string has no end on its line'],
    ['{} {}', 'a.json:1:4: error: invalid JSON: text after the value'],
    ['["\\x"]', 'a.json:1:3: error: invalid JSON: no such escape'],
    [`${'['.repeat(70)}`, 'a.json:1:66: error: invalid JSON: nested deeper than 64 levels'],
  ])('%j is refused where it goes wrong', (text, problem) => {
    expect(read(text)).toEqual({ node: undefined, problems: [problem] });
  });

  it('with one key twice is refused', () => {
    expect(read('{"a": 1,\n "a": 2}').problems).toEqual(['a.json:2:2: error: duplicate key "a"']);
  });

  it('knows where a character of a text stands, escapes counted', () => {
    const { node } = read('{"k":\n  "a\\\\-\\u0041b"}');
    const value = node?.kind === 'map' ? entryOf(node, 'k')?.value : undefined;
    if (value?.kind !== 'scalar') throw new Error('no text');
    expect(value.value).toBe('a\\-Ab');
    expect([0, 1, 2, 3, 4].map((offset) => value.text.at(offset).column)).toEqual([4, 5, 7, 8, 14]);
  });
});
