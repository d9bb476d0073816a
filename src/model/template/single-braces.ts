/**
 * Claims in single braces, `'{ COMPILE_CONTEXT.securityContext.orgId }'`, as Embeddable writes them; `{{ }}` around the
 * same says the same. A call of list() may stand around the claim.
 */
import type { SourcePosition } from '../types.ts';
import { member } from './filters.ts';
import { lookUp, type Scope } from './scope.ts';
import { TemplateFault, type Value } from './value.ts';
import { behind } from './write.ts';

export type BracedPiece =
  | { readonly kind: 'text'; readonly text: string; readonly offset: number }
  | { readonly kind: 'claim'; readonly read: (scope: Scope) => Value; readonly offset: number };

const STEP = String.raw`\s*(?:\.\s*[A-Za-z_]\w*|\[\s*(?:'[^'\\]*'|"[^"\\]*")\s*\])`;
const PATH = `COMPILE_CONTEXT((?:${STEP})+)`;
const BRACED = new RegExp(String.raw`(?<!\\)\$?\{\s*(?:${PATH}|list\s*\(\s*${PATH}\s*\))\s*\}`, 'g');
const BEGINS = /(?<!\\)\{\s*(?:list\s*\(\s*)?COMPILE_CONTEXT\b/;

/** Whether a file without any other template syntax has claims in it all the same. */
export function hasBracedClaim(text: string): boolean {
  return BEGINS.test(text);
}

/** @throws TemplateFault for braces that begin with COMPILE_CONTEXT and hold more than one claim */
export function bracedClaims(text: string, at: SourcePosition): readonly BracedPiece[] {
  const pieces: BracedPiece[] = [];
  let end = 0;
  const plain = (to: number): void => {
    const part = text.slice(end, to);
    const broken = part.search(BEGINS);
    if (broken !== -1) {
      throw new TemplateFault(
        'braces with COMPILE_CONTEXT hold one claim: { COMPILE_CONTEXT.securityContext.name }',
        behind(at, text.slice(0, end + broken)),
      );
    }
    if (part !== '') pieces.push({ kind: 'text', text: part, offset: end });
  };
  for (const found of text.matchAll(BRACED)) {
    plain(found.index);
    const isList = found[1] === undefined;
    const names = [...(found[1] ?? found[2] ?? '').matchAll(/\w+|'([^']*)'|"([^"]*)"/g)].map(
      ([whole, single, double]) => single ?? double ?? whole,
    );
    pieces.push({ kind: 'claim', read: (scope) => readClaim(names, isList, scope), offset: found.index });
    end = found.index + found[0].length;
  }
  plain(text.length);
  return pieces;
}

function readClaim(names: readonly string[], isList: boolean, scope: Scope): Value {
  const claim = names.reduce<Value>((value, name) => member(value, name), lookUp(scope, 'COMPILE_CONTEXT'));
  if (claim.kind === 'undefined') throw new TemplateFault(`COMPILE_CONTEXT has no "${names[0]}"`);
  if (!isList) return claim;
  const list = lookUp(scope, 'list');
  return list.kind === 'function' ? list.call([claim], new Map()) : list;
}
