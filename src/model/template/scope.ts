/** Names at one place of a template, and what one rendering may spend. */
import type { ListNode } from './syntax.ts';
import { TemplateFault, type Value } from './value.ts';

export type Scope = {
  readonly file: string;
  readonly names: Map<string, Value>;
  readonly outer: Scope | undefined;
  readonly budget: Budget;
  /** What a body writes, as a value. */
  readonly capture: (body: ListNode, scope: Scope) => Value;
};

/** Stops a template that would not end or would grow without bound (security case C28). */
export type Budget = {
  readonly step: () => void;
  /** Characters, or items, that are kept or written. */
  readonly grow: (size: number) => void;
  /** A call of a macro, an import: what they may nest is bounded. */
  readonly nested: <T>(work: () => T) => T;
};

const MAX_STEPS = 500_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;
const MAX_DEPTH = 50;

export function createBudget(): Budget {
  let steps = 0;
  let characters = 0;
  let depth = 0;
  return {
    step: () => {
      steps += 1;
      if (steps > MAX_STEPS) throw new TemplateFault(`the template takes more than ${MAX_STEPS} steps`);
    },
    grow: (size) => {
      characters += size;
      if (characters > MAX_CHARACTERS) throw new TemplateFault('the template writes more than 16 MiB');
    },
    nested: (work) => {
      if (depth >= MAX_DEPTH) throw new TemplateFault(`macros nested deeper than ${MAX_DEPTH}`);
      depth += 1;
      try {
        return work();
      } finally {
        depth -= 1;
      }
    },
  };
}

export function inner(scope: Scope, names: Iterable<readonly [string, Value]> = []): Scope {
  return { ...scope, names: new Map(names), outer: scope };
}

export function lookUp(scope: Scope, name: string): Value {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const found = at.names.get(name);
    if (found !== undefined) return found;
  }
  return { kind: 'undefined', name };
}
