/**
 * Rows: those of a reference (its root's, LEFT JOINed to the cubes that the statement uses), members over them,
 * and measures over the distinct rows of their own cube (contract, section 5, "Rows" and rule 7).
 */
import { compare, evaluate, type Value, valueKey } from './expression.ts';
import { pathText } from './usage.ts';
import { cubeAt, cubeOf, type Measure, type ModelExpr, type Path, type Row, type View, type World } from './world.ts';

/** One row of a reference: for each cube path, the cube's row, or null where the LEFT JOIN found none. */
export type Combination = ReadonlyMap<string, Row | null>;

export function combinations(world: World, view: View, used: readonly Path[]): Combination[] {
  let all: Combination[] = cubeOf(world, view.root).rows.map((row) => new Map([['', row]]));
  for (const path of [...used].sort((a, b) => a.length - b.length)) {
    const from = path.slice(0, -1);
    const join = cubeAt(world, view.root, from).joins.find(({ to }) => to === path.at(-1));
    const others = cubeAt(world, view.root, path).rows;
    all = all.flatMap((combination) => {
      const row = combination.get(pathText(from)) ?? null;
      const matches = others.filter((other) =>
        (join?.on ?? []).every(([own, column]) => row !== null && row[own] !== null && row[own] === other[column]),
      );
      const found: readonly (Row | null)[] = matches.length === 0 ? [null] : matches;
      return found.map((match) => new Map([...combination, [pathText(path), match]]));
    });
  }
  return all;
}

/** A dimension's or a measure input's SQL, for one row. */
export function modelValue(world: World, root: string, path: Path, expr: ModelExpr, row: Combination): Value {
  return evaluate(expr, (leaf) => {
    if (leaf.k === 'aggregate') throw new Error('an aggregate has no value of a row');
    const at = leaf.cube === undefined ? path : [...path, leaf.cube];
    if (leaf.k === 'column') return row.get(pathText(at))?.[leaf.name] ?? null;
    const dimension = cubeAt(world, root, at).dimensions.find(({ name }) => name === leaf.name);
    if (dimension === undefined) throw new Error(`no dimension ${leaf.name}`);
    return modelValue(world, root, at, dimension.sql, row);
  });
}

export function measureValue(
  world: World,
  root: string,
  path: Path,
  measure: Measure,
  rows: readonly Combination[],
): Value {
  // Each row of the measure's own cube once; NULL rows of a LEFT JOIN are none.
  const own = new Map<Row, Combination>();
  for (const row of rows) {
    const at = row.get(pathText(path)) ?? null;
    if (at !== null && !own.has(at)) own.set(at, row);
  }
  const value = (expr: ModelExpr, row: Combination): Value => modelValue(world, root, path, expr, row);
  const distinct = [...own.values()];
  if (measure.type === 'number' || measure.type === 'string' || measure.type === 'boolean') {
    if (measure.sql === undefined) throw new Error('a calculated measure has SQL');
    return evaluate(measure.sql, (leaf): Value => {
      if (leaf.k === 'column') throw new Error('a column outside an aggregate');
      if (leaf.k === 'member') {
        const at = leaf.cube === undefined ? path : [...path, leaf.cube];
        const other = cubeAt(world, root, at).measures.find(({ name }) => name === leaf.name);
        if (other === undefined) throw new Error(`no measure ${leaf.name}`);
        return measureValue(world, root, at, other, rows);
      }
      const kept = distinct.filter((row) => leaf.filter === undefined || value(leaf.filter, row) === true);
      const { arg } = leaf;
      return aggregate(
        leaf.fn,
        leaf.distinct ?? false,
        kept.map((row) => (arg === undefined ? true : value(arg, row))),
      );
    });
  }
  const kept = distinct.filter((row) => measure.filters.every((filter) => value(filter, row) === true));
  const { sql } = measure;
  const values = kept.map((row) => (sql === undefined ? true : value(sql, row)));
  return aggregate(
    measure.type === 'count_distinct' ? 'count' : measure.type,
    measure.type === 'count_distinct',
    values,
  );
}

/** A SQL aggregate over values. */
export function aggregate(fn: string, distinct: boolean, all: readonly Value[]): Value {
  const present = all.filter((value) => value !== null);
  const values = distinct ? [...new Map(present.map((value) => [valueKey(value), value])).values()] : present;
  if (fn === 'count') return values.length;
  const [first] = values;
  if (first === undefined) return null;
  const sum = (): number => values.reduce((total: number, value) => total + Number(value), 0);
  switch (fn) {
    case 'sum':
      return sum();
    case 'avg':
      return sum() / values.length;
    case 'min':
      return values.reduce((least: Value, value) => (compare(value, least) < 0 ? value : least), first);
    case 'max':
      return values.reduce((most: Value, value) => (compare(value, most) > 0 ? value : most), first);
    case 'bool_or':
      return values.some((value) => value === true);
    default:
      throw new Error(`no aggregate ${fn}`);
  }
}
