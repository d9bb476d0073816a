/**
 * A file's values against a schema, with the position of each thing that does not fit.
 */
import type { z } from 'zod';
import type { Problems } from './problems.ts';
import { entryOf, type SourceNode } from './source.ts';
import { didYouMean } from './spelling.ts';
import type { SourcePosition } from './types.ts';

type Issue = z.core.$ZodIssue;

/** Reports every way in which `value`, the plain form of `node`, does not fit. @returns whether it fits */
export function checkShape(schema: z.ZodType, value: unknown, node: SourceNode, problems: Problems): boolean {
  const result = schema.safeParse(value);
  if (result.success) return true;
  for (const issue of result.error.issues) report(issue, [], node, problems);
  return false;
}

function report(issue: Issue, parent: readonly PropertyKey[], root: SourceNode, problems: Problems): void {
  const path = [...parent, ...issue.path];
  const found = locate(root, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const messages = issue.message.split('\n');
      for (const [i, key] of issue.keys.entries()) {
        const entry = found.node?.kind === 'map' ? entryOf(found.node, key) : undefined;
        problems.error(entry?.keyAt ?? found.at, messages[i] ?? `unknown key "${key}"`);
      }
      return;
    }
    case 'invalid_union': {
      if (found.node === undefined) {
        problems.error(found.at, `missing key "${String(path.at(-1))}"`);
        return;
      }
      // The alternative of the right shape, if there is one, knows best what is wrong inside.
      const fitting = issue.errors.filter((issues) =>
        issues.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
      );
      const best = fitting.sort((a, b) => a.length - b.length)[0];
      if (best === undefined || best.length === 0) problems.error(found.at, keyed(path, issue.message));
      else for (const inner of best) report(inner, path, root, problems);
      return;
    }
    case 'invalid_type':
      problems.error(
        found.at,
        found.node === undefined ? `missing key "${String(path.at(-1))}"` : keyed(path, typeText(issue)),
      );
      return;
    case 'invalid_value': {
      if (found.node === undefined) {
        problems.error(found.at, `missing key "${String(path.at(-1))}"`);
        return;
      }
      const given = found.node.kind === 'scalar' ? String(found.node.value) : '';
      const values = issue.values.map(String);
      problems.error(
        found.at,
        `${keyed(path, `cannot be "${given}"`)}${didYouMean(given, values) || `; one of ${values.join(', ')}`}`,
      );
      return;
    }
    case 'too_small':
    case 'too_big':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      problems.error(found.at, keyed(path, issue.message));
      return;
  }
}

function keyed(path: readonly PropertyKey[], message: string): string {
  const key = path.findLast((part) => typeof part === 'string');
  return key === undefined ? message : `"${key}" ${message}`;
}

function typeText(issue: Extract<Issue, { code: 'invalid_type' }>): string {
  if (!issue.message.startsWith('Invalid input')) return issue.message;
  switch (issue.expected) {
    case 'string':
      return 'must be text (put it in quotes)';
    case 'array':
      return 'must be a list';
    case 'object':
    case 'record':
      return 'must have keys of its own';
    default:
      return `must be a ${issue.expected}`;
  }
}

/** The node at a path, or the nearest one above it that exists. */
function locate(root: SourceNode, path: readonly PropertyKey[]): { node: SourceNode | undefined; at: SourcePosition } {
  let node: SourceNode | undefined = root;
  let at = root.at;
  for (const part of path) {
    if (node?.kind === 'map') node = entryOf(node, String(part))?.value;
    else node = node?.kind === 'list' ? node.items[Number(part)] : undefined;
    if (node === undefined) return { node: undefined, at };
    at = node.at;
  }
  return { node, at };
}
