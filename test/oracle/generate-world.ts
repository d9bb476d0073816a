/** Random small models: a tree of cubes with every kind of join, members of every one-level kind, few rows. */
import fc, { type Arbitrary } from 'fast-check';
import { type Expr, lit, type Type, type Value } from './expression.ts';
import { type Random, randomOf } from './random.ts';
import type { Cube, Dimension, Join, Measure, ModelExpr, ModelLeaf, Path, Row, View, World } from './world.ts';

export function worldArbitrary(): Arbitrary<World> {
  return fc.gen().map((g) => generateWorld(randomOf(g)));
}

type Draft = {
  readonly name: string;
  readonly key: readonly string[];
  readonly joins: Join[];
  readonly columns: { name: string; type: 'int' | 'text' }[];
  parent: number | undefined;
};

const column = (name: string, cube?: string): ModelExpr => ({ k: 'leaf', leaf: { k: 'column', cube, name } });
const member = (name: string, cube?: string): ModelExpr => ({ k: 'leaf', leaf: { k: 'member', cube, name } });

function generateWorld(random: Random): World {
  const count = 2 + random.upTo(2) + (random.chance(20) ? 1 : 0);
  const drafts: Draft[] = Array.from({ length: count }, (_, i) => {
    const key = random.chance(20) ? ['k1', 'k2'] : ['id'];
    return {
      name: `c${i}`,
      key,
      joins: [],
      columns: [
        ...key.map((name) => ({ name, type: 'int' as const })),
        { name: 'n', type: 'int' as const },
        { name: 't', type: 'text' as const },
      ],
      parent: i === 0 ? undefined : random.upTo(i - 1),
    };
  });
  for (const [i, child] of drafts.entries()) {
    const parent = child.parent === undefined ? undefined : drafts[child.parent];
    if (parent === undefined) continue;
    const relationship = random.pick([
      'one_to_many',
      'one_to_many',
      'many_to_one',
      'many_to_one',
      'one_to_one',
    ] as const);
    addJoin(parent, child, relationship);
    // The same cube again along another path: an instance of its own.
    const isLeaf = !drafts.some(({ parent: of }) => of === i);
    const other = drafts[random.upTo(drafts.length - 1)] as Draft;
    if (isLeaf && other !== child && other !== parent && other.parent !== undefined && random.chance(30)) {
      if (!drafts.some(({ joins }) => joins.some(({ to }) => to === child.name && joins === other.joins)))
        addJoin(other, child, 'many_to_one');
    }
  }
  const rows = generateRows(drafts, random);
  const cubes = drafts.map((draft, i) => generateCube(draft, drafts, rows.get(draft.name) ?? [], i, random));
  const world = { cubes, views: [] };
  const views = [viewFrom(world, 'v', 'c0', random), viewFrom(world, 'w', random.pick(cubes.slice(1)).name, random)];
  return { cubes, views };
}

function addJoin(from: Draft, to: Draft, relationship: Join['relationship']): void {
  if (relationship === 'many_to_one') {
    const on = to.key.map((key) => [`f_${to.name}_${key}`, key] as const);
    for (const [own] of on)
      if (!from.columns.some(({ name }) => name === own)) from.columns.push({ name: own, type: 'int' });
    from.joins.push({ to: to.name, relationship, on });
    return;
  }
  const on = from.key.map((key) => [key, `f_${from.name}_${key}`] as const);
  for (const [, other] of on) to.columns.push({ name: other, type: 'int' });
  from.joins.push({ to: to.name, relationship, on });
}

function generateRows(drafts: readonly Draft[], random: Random): ReadonlyMap<string, readonly Row[]> {
  const keys = new Map<string, Record<string, Value>[]>();
  for (const { name, key } of drafts) {
    const rows = random.upTo(name === 'c0' ? 6 : 5);
    keys.set(
      name,
      Array.from({ length: rows }, (_, i) =>
        key.length === 1 ? { id: i + 1 } : { k1: 1 + Math.floor(i / 2), k2: 1 + (i % 2) },
      ),
    );
  }
  const all = new Map<string, Row[]>();
  for (const { name, columns } of drafts) {
    all.set(
      name,
      (keys.get(name) ?? []).map((own) => {
        const row: Record<string, Value> = {
          ...own,
          n: random.pick([1, 2, 3, 0, null]),
          t: random.pick(['a', 'b', 'c', null]),
        };
        for (const column of columns) if (!(column.name in row)) row[column.name] = null;
        return row;
      }),
    );
  }
  // Foreign keys: of a row, NULL (in part), or an orphan's.
  for (const from of drafts) {
    for (const { to, relationship, on } of from.joins) {
      const toOne = relationship === 'many_to_one';
      const [holder, target] = toOne ? [from.name, to] : [to, from.name];
      const pairs = on.map(([own, other]) => (toOne ? [own, other] : [other, own]) as readonly [string, string]);
      const left = [...(keys.get(target) ?? [])];
      for (const row of (all.get(holder) ?? []) as Record<string, Value>[]) {
        if (left.length === 0 || random.chance(15)) {
          const orphan = random.chance(40);
          for (const [own] of pairs) row[own] = orphan ? 99 : null;
          continue;
        }
        const chosen = random.pick(left);
        if (relationship === 'one_to_one') left.splice(left.indexOf(chosen), 1);
        for (const [own, key] of pairs) row[own] = chosen[key] ?? null;
      }
    }
  }
  return all;
}

// Members

function generateCube(
  draft: Draft,
  drafts: readonly Draft[],
  rows: readonly Row[],
  index: number,
  random: Random,
): Cube {
  const toOne = draft.joins.filter(({ relationship }) => relationship !== 'one_to_many').map(({ to }) => to);
  const toMany = draft.joins.filter(({ relationship }) => relationship === 'one_to_many').map(({ to }) => to);
  const dimensions: Dimension[] = [
    ...draft.key.map(
      (name): Dimension => ({
        name,
        type: 'int',
        sql: random.chance(12) ? { k: 'op', op: '+', args: [column(name), lit(100)] } : column(name),
      }),
    ),
    { name: 'n', type: 'int', sql: column('n') },
    { name: 't', type: 'text', sql: column('t') },
  ];
  const extra = (dimension: Dimension, percent: number): void => {
    if (random.chance(percent)) dimensions.push(dimension);
  };
  extra({ name: 'plus', type: 'int', sql: { k: 'op', op: '+', args: [member('n'), lit(1)] } }, 30);
  extra({ name: 'text_or', type: 'text', sql: { k: 'coalesce', args: [column('t'), lit('z')] } }, 30);
  extra({ name: 'big', type: 'bool', sql: { k: 'op', op: '>', args: [column('n'), lit(1)] }, segment: true }, 40);
  const other = random.pick([undefined, ...toOne]);
  if (other !== undefined) {
    extra({ name: 'other_n', type: 'int', sql: { k: 'op', op: '+', args: [column('n'), column('n', other)] } }, 40);
    extra({ name: 'other_t', type: 'text', sql: member('t', other) }, 40);
  }
  const many = random.pick([undefined, ...toMany]);
  if (many !== undefined) extra({ name: 'many_t', type: 'text', sql: member('t', many) }, 15);
  const children = draft.joins.map(({ to }) => drafts.find(({ name }) => name === to) as Draft);
  const lastToOne = index > 0 && draft.joins.length === 0;
  return {
    name: draft.name,
    columns: draft.columns,
    key: draft.key,
    keyDeclared: !random.chance(lastToOne ? 10 : 2),
    keyPublic: !random.chance(25),
    joins: draft.joins,
    dimensions,
    measures: generateMeasures(draft, children, toOne, random),
    rows,
  };
}

function generateMeasures(
  draft: Draft,
  children: readonly Draft[],
  toOne: readonly string[],
  random: Random,
): Measure[] {
  const aggregate = (leaf: Omit<Extract<ModelLeaf, { k: 'aggregate' }>, 'k'>): ModelExpr => ({
    k: 'leaf',
    leaf: { k: 'aggregate', ...leaf },
  });
  const op = (op: '+' | '-' | '*' | '>' | '=', a: ModelExpr, b: ModelExpr): ModelExpr => ({
    k: 'op',
    op,
    args: [a, b],
  });
  const nz: ModelExpr = { k: 'coalesce', args: [column('n'), lit(5)] };
  const make = (
    name: string,
    type: Measure['type'],
    result: Type,
    sql?: ModelExpr,
    filters: ModelExpr[] = [],
  ): Measure => ({ name, type, result, sql, filters });
  const basic = [
    make('count', 'count', 'int'),
    make('sum', 'sum', 'int', column('n')),
    make('sum_or', 'sum', 'int', nz),
    make('one', 'sum', 'int', lit(1)),
    make('avg', 'avg', 'num', random.chance(50) ? nz : column('n')),
    make('min', 'min', 'int', random.chance(50) ? nz : column('n')),
    make('max', 'max', 'int', column('n')),
    make('texts', 'count_distinct', 'int', column('t')),
    make('counted', 'count', 'int', random.chance(50) ? column('t') : lit(1)),
    make('big_count', 'count', 'int', undefined, [op('>', column('n'), lit(1))]),
    make('null_count', 'count', 'int', undefined, [{ k: 'isnull', arg: column('n') }]),
    make('a_sum', 'sum', 'int', nz, [op('=', { k: 'coalesce', args: [column('t'), lit('a')] }, lit('a'))]),
  ];
  const chosen = [basic[0] as Measure, basic[1] as Measure, ...basic.slice(2).filter(() => random.chance(30))];
  const [to] = toOne;
  if (to !== undefined) {
    const more = [
      make('other_sum', 'sum', 'int', op('*', nz, column('n', to))),
      make('other_filter', 'count', 'int', undefined, [
        op('>', { k: 'coalesce', args: [member('n', to), lit(2)] }, lit(1)),
      ]),
    ];
    chosen.push(...more.filter(() => random.chance(30)));
  }
  const many = draft.joins.find(({ relationship }) => relationship === 'one_to_many');
  if (many !== undefined && random.chance(8)) chosen.push(make('many_sum', 'sum', 'int', column('n', many.to)));
  const ratio = (a: ModelExpr, b: ModelExpr): Expr<ModelLeaf> => ({ k: 'ratio', args: [a, b] });
  const numbers = [
    make('ratio', 'number', 'num', ratio(member('sum'), member('count'))),
    make('minus', 'number', 'int', op('-', member('count'), { k: 'coalesce', args: [member('sum'), lit(0)] })),
    make(
      'own',
      'number',
      'int',
      op('-', aggregate({ fn: 'sum', arg: op('*', column('n'), lit(2)) }), aggregate({ fn: 'count', arg: undefined })),
    ),
    make('ones', 'number', 'int', aggregate({ fn: random.pick(['sum', 'count'] as const), arg: lit(1) })),
    make(
      'own_filter',
      'number',
      'int',
      op('+', aggregate({ fn: 'count', arg: undefined, filter: op('>', nz, lit(2)) }), member('count')),
    ),
    make('own_distinct', 'number', 'int', aggregate({ fn: 'count', arg: column('n'), distinct: true })),
    make('most', 'number', 'int', aggregate({ fn: 'max', arg: nz })),
    make('last', 'string', 'text', aggregate({ fn: 'max', arg: { k: 'coalesce', args: [column('t'), lit('m')] } })),
    make('any_big', 'boolean', 'bool', aggregate({ fn: 'bool_or', arg: op('>', column('n'), lit(2)) })),
    make('many', 'boolean', 'bool', op('>', member('count'), lit(1))),
  ];
  chosen.push(...numbers.filter(() => random.chance(20)));
  for (const child of children) {
    if (random.chance(25))
      chosen.push(make(`per_${child.name}`, 'number', 'num', ratio(member('sum', child.name), member('count'))));
    if (random.chance(15))
      chosen.push(
        make(
          `own_${child.name}`,
          'number',
          'int',
          op('+', member('count', child.name), aggregate({ fn: 'count', arg: column('n') })),
        ),
      );
  }
  return chosen;
}

/** All paths from a cube, shortest first; a table has to be small enough to read. */
function viewFrom(world: World, name: string, root: string, random: Random): View {
  const paths: Path[] = [[]];
  for (const path of paths) {
    const cube = world.cubes.find((candidate) => candidate.name === (path.at(-1) ?? root));
    for (const { to } of cube?.joins ?? []) if (to !== root && !path.includes(to)) paths.push([...path, to]);
  }
  const prefixes = new Set<string>();
  const shown = paths.filter((path) => path.length === 0 || !random.chance(10));
  return {
    name,
    root,
    paths: shown.slice(0, 6).map((path) => {
      const own = path.at(-1) ?? root;
      const prefix = prefixes.has(own) ? path.join('_') : own;
      prefixes.add(own);
      return { path, prefix };
    }),
  };
}
