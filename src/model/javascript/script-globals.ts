/**
 * The names that every script of a model may use beside cubes and members: Cube's context variables, the functions of
 * `globals.js`, and of the outside the variables of the environment alone.
 */
import type { TemplateEnvironment } from '../template/globals.ts';
import type { Value } from '../template/value.ts';
import { authorFunction } from './author-function.ts';
import type { Calls } from './calls.ts';
import type { Marks } from './marks.ts';
import type { Rendering } from './operators.ts';
import { filterGroup, filterParams, securityContext, sqlUtilities } from './reference.ts';

export function scriptGlobals(
  { claims, references }: Rendering,
  functions: ReadonlyMap<string, Value>,
  environment: TemplateEnvironment,
  calls: Calls,
  marks: Marks,
): ReadonlyMap<string, unknown> {
  const nothing = (): void => {};
  const testable = securityContext(claims, marks);
  return new Map<string, unknown>([
    ...[...functions].map(([name, own]) => [name, authorFunction(own, claims, references, calls)] as const),
    ['COMPILE_CONTEXT', Object.freeze({ securityContext: claims.context, security_context: claims.context })],
    ['SECURITY_CONTEXT', testable],
    // Its name before Cube 0.26.
    ['USER_CONTEXT', testable],
    ['securityContext', claims.late],
    ['security_context', claims.late],
    ['FILTER_PARAMS', filterParams()],
    ['FILTER_GROUP', filterGroup],
    ['SQL_UTILS', sqlUtilities()],
    ['viewGroup', nothing],
    ['view_group', nothing],
    ['process', Object.freeze({ env: Object.freeze({ ...environment }) })],
    // In a script the author's own text is SQL as it stands, and a claim in it stays data.
    ['sql', Object.freeze({ raw: (text: unknown) => text })],
    ['console', Object.freeze({ log: nothing, info: nothing, warn: nothing, error: nothing, debug: nothing })],
  ]);
}
