/**
 * Where the files of a model name claims, and where an author's own text becomes SQL. Scripts are read by their syntax;
 * YAML and Jinja, and scripts that cannot be read, by what is written there.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { modelFiles } from './files.ts';
import { mentionsInScript, type ScriptMentions } from './javascript/mentions.ts';
import { resolveModule } from './javascript/script.ts';
import { positionsIn } from './javascript/syntax.ts';
import type { SourcePosition } from './types.ts';

export type Mentions = {
  /** Path of a claim, `a.b` → the places; `*` stands for a name that is only known when the script runs. */
  readonly claims: ReadonlyMap<string, readonly SourcePosition[]>;
  readonly rawSql: readonly RawSql[];
};

/** `within`: the function that the author's text comes from. */
export type RawSql = { readonly at: SourcePosition; readonly within: string | undefined };

const STEP = /\s*\.\s*[A-Za-z_$][\w$]*|\s*\[\s*(?:'[^'\n]*'|"[^"\n]*")\s*\]/;
const CONTEXT = new RegExp(
  `\\b(?:securityContext|security_context|SECURITY_CONTEXT)((?:${STEP.source})+)(\\s*\\()?`,
  'g',
);
const RAW = /\bsql\s*\.\s*raw\b/g;
const SCRIPT = /\.[cm]?[jt]s$/;
/** Beside the model: what its templates call, and the operator's hooks. */
const BESIDE = /^(globals|semwire\.config|cube)\.[cm]?[jt]s$/;

type File = { readonly path: string; readonly content: string };

/** @param folder the model's */
export async function mentionsIn(folder: string): Promise<Mentions> {
  const claims = new Map<string, SourcePosition[]>();
  const rawSql: RawSql[] = [];
  const files = new Map<string, File>();
  for (const file of [...(await modelFiles(folder)), ...(await filesBeside(folder))]) files.set(file.path, file);
  // Files that a script loads are added while the loop goes on.
  for (const file of files.values()) {
    const found = (SCRIPT.test(file.path) ? mentionsInScript(file.path, file.content) : undefined) ?? inText(file);
    for (const { claim, at } of found.claims) claims.set(claim, [...(claims.get(claim) ?? []), at]);
    rawSql.push(...found.rawSql);
    for (const loaded of await loadedBy(file, found.required, folder)) {
      if (!files.has(loaded.path)) files.set(loaded.path, loaded);
    }
  }
  return { claims: new Map([...claims].sort(([a], [b]) => (a < b ? -1 : 1))), rawSql };
}

async function filesBeside(folder: string): Promise<readonly File[]> {
  const names = (await readdir(folder)).filter((name) => BESIDE.test(name)).sort();
  return Promise.all(names.map(async (path) => ({ path, content: await readFile(join(folder, path), 'utf8') })));
}

async function loadedBy({ path }: File, required: readonly string[], folder: string): Promise<readonly File[]> {
  const loaded: File[] = [];
  for (const specifier of required) {
    const known = new Set(await readdir(join(folder, posix.dirname(path), posix.dirname(specifier))).catch(() => []));
    const found = resolveModule(path, specifier, (name) => known.has(posix.basename(name)));
    if (found !== undefined && SCRIPT.test(found)) {
      loaded.push({ path: found, content: await readFile(join(folder, found), 'utf8') });
    }
  }
  return loaded;
}

function inText({ path, content }: File): ScriptMentions {
  const position = positionsIn(path, content);
  const claims = [...content.matchAll(CONTEXT)].flatMap((match) => {
    const claim = claimPath(match[1] ?? '', match[2] !== undefined);
    return claim === '' ? [] : [{ claim, at: position(match.index) }];
  });
  const rawSql = [...content.matchAll(RAW)].map(({ index }) => ({ within: undefined, at: position(index) }));
  return { claims, rawSql, required: [] };
}

/** @param called the last step is a function's name: `.filter(`, `.includes(` */
function claimPath(steps: string, called: boolean): string {
  const names = [...steps.matchAll(new RegExp(STEP.source, 'g'))].map(([step]) => step.replace(/[\s.[\]'"]/g, ''));
  return (called ? names.slice(0, -1) : names).join('.');
}
