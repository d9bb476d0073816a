/**
 * What each member's SQL needs: members, and the joins on the way to them. A cycle could never be rendered.
 */
import type { Problems } from './problems.ts';
import type { CubePath, SourcePosition } from './types.ts';

export type Dependencies = {
  readonly add: (from: string, to: string, at: SourcePosition) => void;
  readonly of: (node: string) => readonly string[];
  /** Reports each cycle once, at the reference that closes it. */
  readonly reportCycles: (problems: Problems) => void;
};

export function memberNode(cube: string, member: string): string {
  return `${cube}.${member}`;
}

export function joinNode(from: string, to: string): string {
  return `join from ${from} to ${to}`;
}

/** The joins that a path from `root` goes along. */
export function joinNodes(root: string, path: CubePath): readonly string[] {
  return path.map((to, i) => joinNode(path[i - 1] ?? root, to));
}

export function gatherDependencies(): Dependencies {
  const edges = new Map<string, Map<string, SourcePosition>>();
  const of = (node: string) => [...(edges.get(node)?.keys() ?? [])];
  return {
    add: (from, to, at) => {
      const targets = edges.get(from) ?? new Map<string, SourcePosition>();
      if (!targets.has(to)) targets.set(to, at);
      edges.set(from, targets);
    },
    of,
    reportCycles: (problems) => {
      const done = new Set<string>();
      for (const start of edges.keys()) {
        // Depth first without recursion: a chain may be as long as the model.
        const trail: { readonly node: string; readonly rest: string[] }[] = [];
        const onTrail = new Set<string>();
        const enter = (node: string) => {
          trail.push({ node, rest: [...of(node)] });
          onTrail.add(node);
        };
        if (!done.has(start)) enter(start);
        for (let step = trail.at(-1); step !== undefined; step = trail.at(-1)) {
          const next = step.rest.shift();
          if (next === undefined) {
            trail.pop();
            onTrail.delete(step.node);
            done.add(step.node);
          } else if (onTrail.has(next)) {
            const nodes = trail.map((entry) => entry.node);
            const cycle = [...nodes.slice(nodes.indexOf(next)), next];
            const at = edges.get(step.node)?.get(next);
            if (at !== undefined) problems.error(at, `circular reference: ${cycle.join(' -> ')}`);
          } else if (!done.has(next)) {
            enter(next);
          }
        }
      }
    },
  };
}
