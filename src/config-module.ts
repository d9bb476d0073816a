/**
 * JavaScript and TypeScript of the operator's: `semwire.config.*` and `cube.*` of the model folder, and the functions of
 * `globals.*`. It is trusted code and runs as such.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isCommonJs, runCommonJs } from './common-js.ts';
import { isTypeScript, TypeScriptError, withoutTypes } from './typescript.ts';

/** Cannot be read, or throws as it is run. */
export class ModuleFailed extends Error {
  override readonly name = 'ModuleFailed';
  /** In the module itself, where that is known. */
  readonly at: { readonly line: number; readonly column: number } | undefined;

  constructor(message: string, at: ModuleFailed['at'], cause: unknown) {
    super(message, { cause });
    this.at = at;
  }
}

/**
 * What a module exports, with the members of its default export (`module.exports = …`) beside the named ones.
 * It is read anew when the file has changed since.
 * @throws ModuleFailed
 */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const text = readFileSync(path, 'utf8');
    const script = isTypeScript(path) ? withoutTypes(text).code : text;
    const exported = isCommonJs(path, script) ? runCommonJs(path, script) : await importAnew(path, text);
    const { default: whole, ...named }: Record<string, unknown> = exported;
    return typeof whole === 'object' && whole !== null ? { ...named, ...whole } : named;
  } catch (error) {
    throw new ModuleFailed(
      error instanceof Error ? error.message : String(error),
      error instanceof TypeScriptError ? { line: error.line, column: error.column } : undefined,
      error,
    );
  }
}

/** Node keeps a module by its address for as long as it runs. */
async function importAnew(path: string, text: string): Promise<Record<string, unknown>> {
  if (isTypeScript(path)) readTypeScript();
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return import(`${pathToFileURL(path).href}?version=${version}`);
}

let registered = false;

/** Who runs this file as it is, as a developer does, has a loader that reads TypeScript. */
function readTypeScript(): void {
  if (registered || import.meta.url.endsWith('.ts')) return;
  register('./typescript-hooks.js', import.meta.url);
  registered = true;
}
