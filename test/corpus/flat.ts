/**
 * What PostgreSQL itself is asked: views of the exposed tables' names in which a measure is what one row contributes to
 * it, so that an aggregate over the column is the measure wherever the two match.
 */
import type { Cube, Dimension, Fragment, Measure, Model, Segment } from '../../src/model/types.ts';

/** `measure()` stands for the measures that sums or averages are; no other can be guessed from its rows. */
const AGGREGATES = `
CREATE AGGREGATE measure(numeric) (sfunc = numeric_avg_accum, stype = internal, finalfunc = numeric_avg);
CREATE AGGREGATE measure(integer) (sfunc = int4_sum, stype = bigint);`;

/** @returns DDL over the seed's tables; each name also folded to lower case, for statements that do not quote it */
export function flatViews(model: Model): string {
  const views = [...model.cubes.values()].flatMap((cube) =>
    distinct(cube.name).map((name) => {
      const columns = [...cube.dimensions.values(), ...cube.segments.values(), ...cube.measures.values()].map(
        (member): [string, string] => [member.name, rowValue(cube, member)],
      );
      const named = new Map([
        ...columns,
        ...columns.map(([column, sql]): [string, string] => [column.toLowerCase(), sql]),
      ]);
      for (const [column, sql] of columns) named.set(column, sql);
      const key = cube.joins.length > 0 && cube.name !== 'Logs' ? 'log_id' : 'id';
      if (cube.joins.length > 0 || cube.name === 'NumberCube') {
        named.set('__cubeJoinField', `${key}::text`);
        named.set('__cubejoinfield', `${key}::text`);
      }
      const items = [...named].map(([column, sql]) => `${sql} AS "${column}"`);
      const from = cube.source.kind === 'table' ? text(cube, cube.source.sql) : `(${text(cube, cube.source.sql)})`;
      return `CREATE VIEW "${name}" AS SELECT ${items.join(', ')} FROM ${from} AS this;`;
    }),
  );
  return `${views.join('\n')}\n${AGGREGATES}`;
}

function distinct(name: string): readonly string[] {
  return [...new Set([name, name.toLowerCase()])];
}

function rowValue(cube: Cube, member: Dimension | Segment | Measure): string {
  switch (member.kind) {
    case 'segment':
      return text(cube, member.sql);
    case 'dimension':
      if (member.value.kind !== 'sql') throw new Error(`${cube.name}.${member.name}: only plain SQL has a flat value`);
      return text(cube, member.value.sql);
    case 'measure': {
      if (member.sql === undefined) return '1';
      const sql = text(cube, member.sql);
      return /^(?:SUM|MAX)\((.*)\)$/.exec(sql)?.[1] ?? sql;
    }
  }
}

function text(cube: Cube, fragment: Fragment): string {
  return fragment.parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'table') return 'this';
      if (part.kind === 'claim-test') throw new Error(`${cube.name} compares with a claim`);
      const member = cube.dimensions.get(part.member) ?? cube.measures.get(part.member);
      if (member === undefined) throw new Error(`${cube.name} has no member ${part.member}`);
      return rowValue(cube, member);
    })
    .join('');
}
