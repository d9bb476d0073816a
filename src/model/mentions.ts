/**
 * Where the files of a model name claims, and where an author's own text becomes SQL: by what is written there, in
 * YAML, Jinja and JavaScript alike.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelFiles } from './files.ts';
import type { SourcePosition } from './types.ts';

export type Mentions = {
  /** Path of a claim, `a.b` → the places. */
  readonly claims: ReadonlyMap<string, readonly SourcePosition[]>;
  readonly rawSql: readonly SourcePosition[];
};

const STEP = /\s*\.\s*[A-Za-z_$][\w$]*|\s*\[\s*(?:'[^'\n]*'|"[^"\n]*")\s*\]/;
const CONTEXT = new RegExp(
  `\\b(?:securityContext|security_context|SECURITY_CONTEXT)((?:${STEP.source})+)(\\s*\\()?`,
  'g',
);
const RAW = /\bsql\s*\.\s*raw\s*\(/g;
/** Beside the model, called by its templates. */
const GLOBALS = /^globals\.[cm]?[jt]s$/;

/** @param folder the model's */
export async function mentionsIn(folder: string): Promise<Mentions> {
  const claims = new Map<string, SourcePosition[]>();
  const rawSql: SourcePosition[] = [];
  for (const { path, content } of [...(await modelFiles(folder)), ...(await globalsOf(folder))]) {
    const at = positions(path, content);
    for (const match of content.matchAll(CONTEXT)) {
      const claim = claimPath(match[1] ?? '', match[2] !== undefined);
      if (claim !== '') claims.set(claim, [...(claims.get(claim) ?? []), at(match.index)]);
    }
    for (const match of content.matchAll(RAW)) rawSql.push(at(match.index));
  }
  return { claims: new Map([...claims].sort(([a], [b]) => (a < b ? -1 : 1))), rawSql };
}

async function globalsOf(folder: string): Promise<readonly { readonly path: string; readonly content: string }[]> {
  const names = (await readdir(folder)).filter((name) => GLOBALS.test(name));
  return Promise.all(names.map(async (name) => ({ path: name, content: await readFile(join(folder, name), 'utf8') })));
}

/** @param called the last step is a function's name: `.filter(`, `.includes(` */
function claimPath(steps: string, called: boolean): string {
  const names = [...steps.matchAll(new RegExp(STEP.source, 'g'))].map(([step]) => step.replace(/[\s.[\]'"]/g, ''));
  return (called ? names.slice(0, -1) : names).join('.');
}

function positions(file: string, content: string): (offset: number) => SourcePosition {
  return (offset) => {
    const before = content.slice(0, offset);
    const line = before.split('\n').length;
    return { file, line, column: offset - before.lastIndexOf('\n') };
  };
}
