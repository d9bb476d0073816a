/**
 * A random model with its data: cubes, joins, members, views and rows; printed as Cube YAML and as SQL that loads it.
 */
import { type Expr, printExpr, type Type, type Value } from './expression.ts';

export type Row = Readonly<Record<string, Value>>;
export type Relationship = 'one_to_one' | 'one_to_many' | 'many_to_one';

/** In a model's SQL: a column or a member of the cube itself (`cube` undefined) or of one that it joins. */
export type ModelLeaf =
  | { readonly k: 'column'; readonly cube?: string | undefined; readonly name: string }
  | { readonly k: 'member'; readonly cube?: string | undefined; readonly name: string }
  /** An aggregate of the author's own, in a `number` measure. */
  | {
      readonly k: 'aggregate';
      readonly fn: 'sum' | 'count' | 'max' | 'bool_or';
      /** Undefined: `*`. */
      readonly arg: ModelExpr | undefined;
      readonly distinct?: boolean | undefined;
      readonly filter?: ModelExpr | undefined;
    };
export type ModelExpr = Expr<ModelLeaf>;

export type Dimension = {
  readonly name: string;
  readonly type: Type;
  readonly sql: ModelExpr;
  readonly segment?: boolean;
};
export type MeasureType = 'count' | 'count_distinct' | 'sum' | 'avg' | 'min' | 'max' | 'number' | 'string' | 'boolean';
export type Measure = {
  readonly name: string;
  readonly type: MeasureType;
  readonly result: Type;
  readonly sql: ModelExpr | undefined;
  readonly filters: readonly ModelExpr[];
};
export type Join = {
  readonly to: string;
  readonly relationship: Relationship;
  /** Pairs of columns that must be equal: of this cube, of the other. */
  readonly on: readonly (readonly [string, string])[];
};
export type Cube = {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: 'int' | 'text' }[];
  /** Columns that tell its rows apart. */
  readonly key: readonly string[];
  /** The model says that they do. */
  readonly keyDeclared: boolean;
  readonly keyPublic: boolean;
  readonly joins: readonly Join[];
  readonly dimensions: readonly Dimension[];
  readonly measures: readonly Measure[];
  readonly rows: readonly Row[];
};
export type Path = readonly string[];
export type View = {
  readonly name: string;
  readonly root: string;
  readonly paths: readonly { readonly path: Path; readonly prefix: string }[];
};
export type World = { readonly cubes: readonly Cube[]; readonly views: readonly View[] };

export function cubeOf(world: World, name: string): Cube {
  const cube = world.cubes.find((candidate) => candidate.name === name);
  if (cube === undefined) throw new Error(`no cube ${name}`);
  return cube;
}

export function cubeAt(world: World, root: string, path: Path): Cube {
  return cubeOf(world, path.at(-1) ?? root);
}

export type ViewColumn = {
  readonly name: string;
  readonly path: Path;
  readonly type: Type;
  readonly dimension?: Dimension;
  readonly measure?: Measure;
};

/** The columns of a view in model order. */
export function columnsOf(world: World, view: View): ViewColumn[] {
  return view.paths.flatMap(({ path, prefix }) => {
    const cube = cubeAt(world, view.root, path);
    const shown = cube.dimensions.filter(({ name }) => cube.keyPublic || !cube.keyDeclared || !cube.key.includes(name));
    const dimension = (dimension: Dimension): ViewColumn => ({
      name: `${prefix}_${dimension.name}`,
      path,
      type: dimension.type,
      dimension,
    });
    return [
      ...shown.filter(({ segment }) => segment !== true).map(dimension),
      ...cube.measures.map((measure) => ({ name: `${prefix}_${measure.name}`, path, type: measure.result, measure })),
      ...shown.filter(({ segment }) => segment === true).map(dimension),
    ];
  });
}

// As text

export function printModelExpr(expr: ModelExpr): string {
  return printExpr(expr, (leaf) => {
    switch (leaf.k) {
      case 'column':
        return `{${leaf.cube ?? 'CUBE'}}.${leaf.name}`;
      case 'member':
        return leaf.cube === undefined ? `{${leaf.name}}` : `{${leaf.cube}.${leaf.name}}`;
      case 'aggregate': {
        const arg = leaf.arg === undefined ? '*' : printModelExpr(leaf.arg);
        const filter = leaf.filter === undefined ? '' : ` FILTER (WHERE ${printModelExpr(leaf.filter)})`;
        return `${leaf.fn}(${leaf.distinct ? 'DISTINCT ' : ''}${arg})${filter}`;
      }
    }
  });
}

const FAMILY = { int: 'number', num: 'number', text: 'string', bool: 'boolean' } as const;

/** @param tables name of a cube's table */
export function printModel(world: World, tables: (cube: string) => string): string {
  const sql = (expr: ModelExpr): string => JSON.stringify(printModelExpr(expr));
  const lines = ['cubes:'];
  for (const cube of world.cubes) {
    lines.push(`  - name: ${cube.name}`, `    sql_table: ${tables(cube.name)}`);
    if (cube.joins.length > 0) lines.push('    joins:');
    for (const { to, relationship, on } of cube.joins) {
      const condition = on.map(([own, other]) => `{CUBE}.${own} = {${to}}.${other}`).join(' AND ');
      lines.push(`      - { name: ${to}, relationship: ${relationship}, sql: "${condition}" }`);
    }
    lines.push('    dimensions:');
    for (const { name, type, sql: value, segment } of cube.dimensions) {
      if (segment === true) continue;
      const key = cube.keyDeclared && cube.key.includes(name) ? `, primary_key: true, public: ${cube.keyPublic}` : '';
      lines.push(`      - { name: ${name}, sql: ${sql(value)}, type: ${FAMILY[type]}${key} }`);
    }
    const segments = cube.dimensions.filter(({ segment }) => segment === true);
    if (segments.length > 0) lines.push('    segments:');
    for (const { name, sql: value } of segments) lines.push(`      - { name: ${name}, sql: ${sql(value)} }`);
    if (cube.measures.length > 0) lines.push('    measures:');
    for (const { name, type, sql: value, filters } of cube.measures) {
      const own = value === undefined ? '' : `, sql: ${sql(value)}`;
      const conditions = filters.map((filter) => `{ sql: ${sql(filter)} }`).join(', ');
      const filtered = filters.length === 0 ? '' : `, filters: [${conditions}]`;
      lines.push(`      - { name: ${name}, type: ${type}${own}${filtered} }`);
    }
  }
  lines.push('views:');
  for (const { name, root, paths } of world.views) {
    lines.push(`  - name: ${name}`, '    cubes:');
    for (const { path, prefix } of paths) {
      const joined = [root, ...path].join('.');
      lines.push(`      - { join_path: ${joined}, includes: "*", prefix: true, alias: ${prefix} }`);
    }
  }
  return `${lines.join('\n')}\n`;
}

export function printSeed(world: World, tables: (cube: string) => string): string {
  return world.cubes
    .flatMap(({ name, columns, rows }) => {
      const types = columns.map((column) => `${column.name} ${column.type === 'int' ? 'integer' : 'text'}`);
      const values = rows.map(
        (row) =>
          `(${columns.map((column) => printExpr({ k: 'lit', value: row[column.name] ?? null }, String)).join(', ')})`,
      );
      return [
        `CREATE TABLE ${tables(name)} (${types.join(', ')});`,
        ...(values.length === 0 ? [] : [`INSERT INTO ${tables(name)} VALUES ${values.join(', ')};`]),
      ];
    })
    .join('\n');
}
