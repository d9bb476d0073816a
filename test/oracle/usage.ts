/**
 * Which cubes a statement uses of each reference: the joins that are made (contract, section 5, "Rows").
 */
import { leavesOf } from './expression.ts';
import {
  exprsOf,
  partsOf,
  queriesOf,
  type RExpr,
  type Reference,
  type RFrom,
  type RLeaf,
  type RQuery,
} from './resolve.ts';
import { cubeAt, cubeOf, type ModelExpr, type Path, type ViewColumn, type World } from './world.ts';

export type Usage = ReadonlyMap<Reference, ReadonlyMap<string, Path>>;

export const pathText = (path: Path): string => path.join('.');

/** Every path, from the root, that a member's SQL walks. */
export function pathsOf(world: World, root: string, path: Path, name: string): Path[] {
  const cube = cubeAt(world, root, path);
  const dimension = cube.dimensions.find((candidate) => candidate.name === name);
  const measure = cube.measures.find((candidate) => candidate.name === name);
  const sql =
    dimension === undefined
      ? [...(measure?.sql === undefined ? [] : [measure.sql]), ...(measure?.filters ?? [])]
      : [dimension.sql];
  return [path, ...sql.flatMap((expr) => pathsOfExpr(world, root, path, expr))];
}

export function pathsOfExpr(world: World, root: string, path: Path, expr: ModelExpr): Path[] {
  return leavesOf(expr).flatMap((leaf): Path[] => {
    if (leaf.k === 'aggregate')
      return [leaf.arg, leaf.filter].flatMap((part) =>
        part === undefined ? [] : pathsOfExpr(world, root, path, part),
      );
    const at = leaf.cube === undefined ? path : [...path, leaf.cube];
    return leaf.k === 'column' ? [at] : pathsOf(world, root, at, leaf.name);
  });
}

/** One-to-many steps on the way along the paths. */
export function repeating(world: World, root: string, paths: readonly Path[]): Map<string, Path> {
  const found = new Map<string, Path>();
  for (const path of paths) {
    for (let n = 1; n <= path.length; n++) {
      const from = cubeOf(world, path[n - 2] ?? root);
      const join = from.joins.find(({ to }) => to === path[n - 1]);
      if (join?.relationship === 'one_to_many') found.set(pathText(path.slice(0, n)), path.slice(0, n));
    }
  }
  return found;
}

export function pathsOfColumn(world: World, of: Reference, column: ViewColumn): Path[] {
  const member = column.dimension ?? column.measure;
  return pathsOf(world, of.view.root, column.path, member?.name ?? '');
}

export function usageOf(world: World, query: RQuery): Usage {
  const usage = new Map<Reference, Map<string, Path>>();
  const expr = (value: RExpr): void => {
    for (const leaf of leavesOf(value)) leafOf(leaf);
  };
  const leafOf = (leaf: RLeaf): void => {
    if (leaf.k === 'dimension' || leaf.k === 'measure') {
      const used = usage.get(leaf.of) ?? new Map<string, Path>();
      usage.set(leaf.of, used);
      for (const path of pathsOfColumn(world, leaf.of, leaf.column))
        for (let n = 1; n <= path.length; n++) used.set(pathText(path.slice(0, n)), path.slice(0, n));
    }
    if (leaf.k === 'outer') expr(leaf.expr);
    for (const part of partsOf(leaf)) expr(part);
    if (leaf.k === 'exists' || leaf.k === 'scalar' || leaf.k === 'in') visit(leaf.query);
  };
  const from = (source: RFrom): void => {
    switch (source.k) {
      case 'reference':
        return;
      case 'opaque':
        visit(source.query);
        return;
      case 'filtered':
        for (const used of [...source.where, ...source.sort]) expr(used);
        from(source.from);
        return;
      case 'join':
        from(source.left);
        from(source.right);
        for (const conjunct of source.on) expr(conjunct);
    }
  };
  const visit = ({ body }: RQuery): void => {
    for (const part of queriesOf(body)) visit(part);
    if (body.k !== 'select') return;
    from(body.from);
    for (const value of exprsOf(body)) expr(value);
  };
  visit(query);
  return usage;
}
