/** The pieces of SQL that a member is made of, and the members that these name. */
import { cubeAt } from './joins.ts';
import type { CubePath, Dimension, Fragment, Measure, Model, Segment } from './types.ts';

type Member = Dimension | Measure | Segment;

/** Of a dimension or segment; a sub_query dimension's is read by a query of its own, and none of these. */
export function fragmentsOf(member: Dimension | Segment): readonly Fragment[] {
  if (member.kind === 'segment') return [member.sql];
  const { value } = member;
  switch (value.kind) {
    case 'sql':
      return [value.sql];
    case 'case':
      return [
        ...value.branches.flatMap(({ when, label }) => [when, ...(label.kind === 'sql' ? [label.sql] : [])]),
        ...(value.otherwise?.kind === 'sql' ? [value.otherwise.sql] : []),
      ];
    case 'geo':
      return [value.latitude, value.longitude];
    case 'sub_query':
      return [];
  }
}

/** All of them, whoever reads them. */
export function sqlOf(member: Member): readonly Fragment[] {
  if (member.kind !== 'measure') {
    const ofSubQuery = member.kind === 'dimension' && member.value.kind === 'sub_query' ? [member.value.sql] : [];
    return [...fragmentsOf(member), ...ofSubQuery];
  }
  const ranked = member.stages.flatMap((stage) => (stage.kind === 'rank' ? stage.orderBy.map(({ sql }) => sql) : []));
  return [...(member.sql === undefined ? [] : [member.sql]), ...member.filters, ...ranked];
}

export type MemberPlace = { readonly path: CubePath; readonly cube: string; readonly member: string };

/** The members that pieces of SQL of the cube at `path` name, and those that these are made of; each place once. */
export function membersNamed(
  model: Model,
  root: string,
  path: CubePath,
  fragments: readonly Fragment[],
): readonly MemberPlace[] {
  const found = new Map<string, MemberPlace>();
  const visit = (at: CubePath, pieces: readonly Fragment[]): void => {
    for (const part of pieces.flatMap(({ parts }) => parts)) {
      if (part.kind !== 'member') continue;
      const place = [...at, ...part.path];
      const key = [...place, part.member].join('.');
      if (found.has(key)) continue;
      const cube = cubeAt(root, place);
      found.set(key, { path: place, cube, member: part.member });
      visit(place, sqlOf(memberOf(model, cube, part.member)));
    }
  };
  visit(path, fragments);
  return [...found.values()];
}

/** The members that a member is made of. */
export function membersBelow(model: Model, root: string, path: CubePath, name: string): readonly MemberPlace[] {
  return membersNamed(model, root, path, sqlOf(memberOf(model, cubeAt(root, path), name)));
}

/** @throws Error for what the model does not have: references were resolved when it was loaded */
export function memberOf(model: Model, cube: string, name: string): Member {
  const found = model.cubes.get(cube);
  const member = found?.dimensions.get(name) ?? found?.measures.get(name) ?? found?.segments.get(name);
  if (member === undefined) throw new Error(`cube ${cube} has no member ${name}`);
  return member;
}
