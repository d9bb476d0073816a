/**
 * Hooks of Node's module loader, which runs them in a thread of its own: TypeScript that the operator's modules import
 * is read as every other is, whatever Node.js would make of it.
 */
import type { LoadHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isCommonJs } from './common-js.ts';
import { importedTypeScript, isTypeScript } from './typescript.ts';

/** https://nodejs.org/api/module.html#loadurl-context-nextload */
export const load: LoadHook = (url, context, next) => {
  const { protocol, pathname } = new URL(url);
  if (protocol !== 'file:' || !isTypeScript(pathname)) return next(url, context);
  const path = fileURLToPath(url);
  const source = importedTypeScript(path);
  return { format: isCommonJs(path, source) ? 'commonjs' : 'module', source, shortCircuit: true };
};
