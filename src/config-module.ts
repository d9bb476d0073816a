/**
 * JavaScript of the operator's: `semwire.config.*` and `cube.js` of the model folder. It is trusted code and runs as
 * such. Both kinds of module are read, whatever a package.json above the folder says: Cube's own examples are CommonJS.
 */
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction, constants } from 'node:vm';

/**
 * What a module exports, with the members of its default export (`module.exports = …`) beside the named ones.
 * It is read anew when the file has changed since.
 * @param fail throws the configuration error, with the file's path and the reason
 */
export async function importModule(
  path: string,
  fail: (message: string) => never,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const exported = isCommonJs(path)
      ? runCommonJs(path)
      : await import(`${pathToFileURL(path).href}?${version(path)}`);
    const { default: whole, ...named }: Record<string, unknown> = exported;
    return typeof whole === 'object' && whole !== null ? { ...named, ...whole } : named;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      const mjs = path.replace(/\.ts$/, '.mjs');
      return fail(`${path}: this Node.js reads no TypeScript (22.18 and later do); make it ${mjs}`);
    }
    return fail(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Node keeps a module by its address for as long as it runs. */
function version(path: string): string {
  return String(statSync(path).mtimeMs);
}

/** By what it says, since a `.js` says nothing: exports are set on `module` or `exports`, and nothing is imported. */
function isCommonJs(path: string): boolean {
  if (path.endsWith('.cjs')) return true;
  if (!path.endsWith('.js')) return false;
  const text = readFileSync(path, 'utf8');
  return /\b(module\.exports|exports\.[A-Za-z_$])/.test(text) && !/^\s*(import\s+[\w{*'"]|export\s)/m.test(text);
}

function runCommonJs(path: string): Record<string, unknown> {
  const module: { exports: Record<string, unknown> } = { exports: {} };
  const run = compileFunction(readFileSync(path, 'utf8'), ['module', 'exports', 'require', '__filename', '__dirname'], {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  run.call(module.exports, module, module.exports, createRequire(path), path, dirname(path));
  return module.exports;
}
