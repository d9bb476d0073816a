/** Types taken away: what is left, and where it stands. */
import { parse, tokenizer } from 'acorn';
import { describe, expect, it } from 'vitest';
import { TypeScriptError, withoutTypes } from '../src/typescript.ts';

type Token = { readonly text: string; readonly line: number; readonly column: number };

/** What is left, as JavaScript's own parser sees it, in its old places. */
function tokensOf(source: string): readonly Token[] {
  const { code, before } = withoutTypes(source);
  const options = { ecmaVersion: 2024, sourceType: 'module', locations: true } as const;
  parse(code, options);
  return [...tokenizer(code, options)].map(({ start, end, loc }) => {
    const { line = 0, column = 0 } = loc?.start ?? {};
    return { text: code.slice(start, end), ...before({ line, column: column + 1 }) };
  });
}

describe('types go, and nothing else moves', () => {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: programs in strings
  it.each([
    ['const a: string = b as any;', 'const a = b ;'],
    ['const a: A = b! + c!;', 'const a = b + c ;'],
    ["import type { A } from './a.ts'; f();", 'f ( ) ;'],
    ["import { type A, B, c } from './a.ts'; const b: B = c();", "import { c } from './a.ts' ; const b = c ( ) ;"],
    ['interface A {\n  a: string;\n} f();', 'f ( ) ;'],
    ['export type A = { a: 1 }; f();', 'f ( ) ;'],
    ['f<A<string>>(a satisfies B, c);', 'f ( a , c ) ;'],
    ['const s: string = `a: ${b as string} : c! ${d!} as e`;', 'const s = ` a:  ${ b }  : c!  ${ d }  as e ` ;'],
    ['(`a\n  b ${c!} d` as string).e', '( ` a\n  b  ${ c }  d ` ) . e'],
    ["const s: string = 'é😀: x as y'; g(a!);", "const s = 'é😀: x as y' ; g ( a ) ;"],
    ['const r = /a: b!/ as RegExp; // c: d!\nx', 'const r = /a: b!/ ; x'],
    ['const f = <T,>(a: T, b?: number): a is T => true;', 'const f = ( a , b ) => true ;'],
    ['class A<T> extends B<T> implements C { declare a: T; private b?: T }', 'class A extends B { ; b }'],
    ['abstract class A { abstract a(): void; readonly b: X = 1; }', 'class A { b = 1 ; }'],
    ['function f(a: string): void; function f(a: any) { return a as const }', 'function f ( a ) { return a }'],
    ['async function* f<T>(this: A, ...a: T[]): X<T> {}', 'async function * f ( ... a ) { }'],
    ['a ??= b?.c!.d; const { e = 1 as X }: Y = f;', 'a ??= b ?. c . d ; const { e = 1 } = f ;'],
    ['declare const sql: { raw(text: string): object }; sql.raw();', 'sql . raw ( ) ;'],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: programs in strings
  ])('%s', (source, left) => {
    const tokens = tokensOf(source);
    expect(tokens.map(({ text }) => text).join(' ')).toBe(left);
    const lines = source.split('\n');
    // A sign may stand where the type before it stood.
    for (const { text, line, column } of tokens.filter((token) => /^[\w'"`/]/.test(token.text))) {
      const there = lines
        .slice(line - 1)
        .join('\n')
        .slice(column - 1);
      expect(there.slice(0, text.length)).toBe(text);
    }
  });
});

describe('what becomes code', () => {
  it.each([
    ['enum A { B, C = 3, D } const a: X = A.D;\nconst b: Y = a;', 'return [a, b];', [4, 4]],
    ["enum A { B = 'b' }\nconst b: A = A.B;", 'return b;', 'b'],
    ['class A { constructor(private readonly b: string) {} }\nconst a = new A(1 as any);', 'return a.b;', 1],
    ['const f = (\n  a: Map<\n    string>,\n): void =>\n  a as any;', 'return f(2);', 2],
  ])('%s', (source, use, value) => {
    const { code } = withoutTypes(source);
    expect(code.split('\n')).toHaveLength(source.split('\n').length);
    expect(new Function(`${code}\n${use}`)()).toEqual(value);
  });
});

it.each([
  ['const a: = 1;', 1, 10],
  ['const a = 1;\n\n  foo(;', 3, 7],
  ['let x = `', 1, 10],
  ['type A = {', 1, 11],
  ['', undefined, undefined],
])('%j is refused with its place', (source, line, column) => {
  const place = (() => {
    try {
      withoutTypes(source);
      return {};
    } catch (error) {
      if (!(error instanceof TypeScriptError)) throw error;
      expect(error.message).toMatch(/^invalid TypeScript: [a-z]/);
      return { line: error.line, column: error.column };
    }
  })();
  expect(place).toEqual(line === undefined ? {} : { line, column });
});
