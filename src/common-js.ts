/** Modules of the operator's that set `module.exports`, as Cube's own examples do. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { compileFunction, constants } from 'node:vm';
import { importedTypeScript, isTypeScript } from './typescript.ts';

/**
 * By what it says, since neither `.js` nor `.ts` says anything: exports are set on `module` or `exports`, and nothing
 * is imported.
 * @param text without types
 */
export function isCommonJs(path: string, text: string): boolean {
  if (/\.c[jt]s$/.test(path)) return true;
  if (!/\.[jt]s$/.test(path)) return false;
  return /\b(module\.exports|exports\.[A-Za-z_$])/.test(text) && !/^\s*(import\s+[\w{*'"]|export\s)/m.test(text);
}

/**
 * Runs it anew, whatever a package.json above the folder says.
 * @param text without types
 * @returns what it exports
 */
export function runCommonJs(path: string, text: string): Record<string, unknown> {
  return runWith(path, text, new Map());
}

type Module = { exports: Record<string, unknown> };

/** @param loaded TypeScript that was required already, by path */
function runWith(path: string, text: string, loaded: Map<string, Module>): Record<string, unknown> {
  const module: Module = { exports: {} };
  loaded.set(path, module);
  const run = compileFunction(text, ['module', 'exports', 'require', '__filename', '__dirname'], {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const own = createRequire(path);
  const required = (specifier: string): unknown => {
    const found = own.resolve(specifier);
    if (!isTypeScript(found)) return own(specifier);
    return loaded.get(found)?.exports ?? runWith(found, importedTypeScript(found), loaded);
  };
  run.call(module.exports, module, module.exports, Object.assign(required, own), path, dirname(path));
  return module.exports;
}
