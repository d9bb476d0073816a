import { describe, expect, it } from 'vitest';
import { pathFault, shortestPath } from '../../src/model/joins.ts';
import type { Relationship } from '../../src/model/types.ts';

/** `a>b a>c b>d` */
function graph(edges: string) {
  const joins = new Map<string, Map<string, Relationship>>();
  for (const edge of edges.split(' ')) {
    const [from = '', to = ''] = edge.split('>');
    joins.set(from, (joins.get(from) ?? new Map()).set(to, 'many_to_one'));
  }
  return joins;
}

describe('shortestPath', () => {
  it('is empty to the cube itself', () => {
    expect(shortestPath(graph('a>b b>a'), 'a', 'a')).toEqual({ kind: 'path', path: [] });
  });
  it('follows joins in their direction only', () => {
    expect(shortestPath(graph('a>b b>c'), 'a', 'c')).toEqual({ kind: 'path', path: ['b', 'c'] });
    expect(shortestPath(graph('a>b b>c'), 'c', 'a')).toEqual({ kind: 'none' });
  });
  it('prefers the shorter of two ways', () => {
    expect(shortestPath(graph('a>b b>c a>c'), 'a', 'c')).toEqual({ kind: 'path', path: ['c'] });
  });
  it('reports a tie, also one that lies further back', () => {
    expect(shortestPath(graph('a>b a>c b>d c>d'), 'a', 'd').kind).toBe('tie');
    const tie = shortestPath(graph('a>b a>c b>d c>d d>e'), 'a', 'e');
    expect(tie.kind).toBe('tie');
    if (tie.kind === 'tie') expect(pathFault(tie, 'a', 'e')).toContain('a.b.d.e or a.c.d.e');
  });
  it('ends in a graph with circles', () => {
    expect(shortestPath(graph('a>b b>a b>c c>b'), 'a', 'z')).toEqual({ kind: 'none' });
  });
});
