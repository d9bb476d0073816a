/**
 * Whose rows a member is made of: the cubes that its SQL names, by whatever number of members, its own included.
 */
import { memberOf, sqlOf } from '../model/made-of.ts';
import type { CubePath, Dimension, Measure, Model, Segment } from '../model/types.ts';
import { cubeAt } from './model-facts.ts';

export function cubesRead(model: Model, cube: string, name: string): ReadonlySet<string> {
  const cubes = new Set<string>();
  const members = new Set<string>();
  const visit = (owner: string, member: string): void => {
    cubes.add(owner);
    const key = `${owner}.${member}`;
    if (members.has(key)) return;
    members.add(key);
    const found = memberOf(model, owner, member);
    for (const { parts } of sqlOf(found)) {
      for (const part of parts) {
        if (part.kind === 'table') cubes.add(cubeAt(owner, part.path));
        if (part.kind === 'member') visit(cubeAt(owner, part.path), part.member);
      }
    }
    for (const { path, member: dimension } of grainOf(found)) visit(cubeAt(owner, path), dimension);
  };
  visit(cube, name);
  return cubes;
}

function grainOf(
  member: Dimension | Measure | Segment,
): readonly { readonly path: CubePath; readonly member: string }[] {
  if (member.kind !== 'measure') return [];
  return member.stages.flatMap((stage) =>
    stage.kind === 'grain' || stage.kind === 'rank' ? [...(stage.keep ?? []), ...stage.include] : [],
  );
}
