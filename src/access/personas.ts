/**
 * Personas: named security contexts for trying a model out (`security-contexts.sc.yml`).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gatherProblems, type Problems } from '../model/problems.ts';
import { entryOf, type SourceMap, type SourceNode } from '../model/source.ts';
import { didYouMean } from '../model/spelling.ts';
import type { ModelProblem } from '../model/types.ts';
import { parseYaml } from '../model/yaml.ts';
import { type Claim, type SecurityContext, withFilters } from './context.ts';
import { claimOfNode } from './source-claims.ts';

export type Persona = {
  readonly name: string;
  readonly securityContext: SecurityContext;
  /** Names of groups, beside those that the context's own claims give. */
  readonly roles: readonly string[];
  /** Security filters, as the claim `filters` of a token holds them; undefined where the persona has none. */
  readonly filters: Claim | undefined;
};

/**
 * What a token of the persona holds: its context, the roles among the groups, the filters as the claim of that name,
 * beside those that the context has itself.
 */
export function personaContext({ securityContext, roles, filters }: Persona): SecurityContext {
  const claims: Record<string, Claim> = Object.assign(Object.create(null), securityContext);
  if (roles.length > 0) claims.groups = Object.freeze([securityContext.groups ?? [], roles].flat());
  return withFilters(Object.freeze(claims), filters);
}

const PERSONA_FILES = ['security-contexts.sc.yml', 'security-contexts.sc.yaml'];
const KEYS = ['name', 'securityContext', 'roles', 'filters', 'environment'];

/**
 * @returns the personas of a model folder, none when it has no such file; none either when a problem is an error
 */
export async function loadPersonas(
  folder: string,
): Promise<{ readonly personas: readonly Persona[]; readonly problems: readonly ModelProblem[] }> {
  const problems = gatherProblems();
  for (const file of PERSONA_FILES) {
    const content = await readIfPresent(join(folder, file));
    if (content === undefined) continue;
    const node = parseYaml(file, content, problems);
    const personas = node === undefined ? [] : readPersonas(node, problems);
    return { personas: problems.errors() > 0 ? [] : personas, problems: problems.list() };
  }
  return { personas: [], problems: [] };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function readPersonas(node: SourceNode, problems: Problems): readonly Persona[] {
  if (node.kind !== 'list') {
    problems.error(node.at, 'personas are a list of {name, securityContext, roles}');
    return [];
  }
  const seen = new Set<string>();
  return node.items.flatMap((item) => {
    if (item.kind !== 'map') {
      problems.error(item.at, 'a persona has the keys name and securityContext');
      return [];
    }
    const persona = readPersona(item, problems);
    if (persona === undefined) return [];
    if (seen.has(persona.name)) problems.error(item.at, `persona "${persona.name}" is defined already`);
    seen.add(persona.name);
    return [persona];
  });
}

function readPersona(map: SourceMap, problems: Problems): Persona | undefined {
  for (const { key, keyAt } of map.entries) {
    if (!KEYS.includes(key)) problems.error(keyAt, `unknown key "${key}"${didYouMean(key, KEYS)}`);
    if (key === 'environment') problems.warning(keyAt, '"environment" does nothing here');
  }
  const name = entryOf(map, 'name')?.value;
  const context = entryOf(map, 'securityContext')?.value;
  const roles = entryOf(map, 'roles')?.value;
  const filters = entryOf(map, 'filters')?.value;
  if (name?.kind !== 'scalar' || typeof name.value !== 'string' || name.value === '') {
    problems.error(name?.at ?? map.at, 'a persona needs a name');
    return undefined;
  }
  if (context?.kind !== 'map') {
    problems.error(context?.at ?? map.at, 'securityContext must be an object of claims');
    return undefined;
  }
  if (filters !== undefined && filters.kind !== 'list') {
    problems.error(filters.at, '"filters" must be a list of {member, operator, values}');
  }
  if (filters !== undefined && entryOf(context, 'filters') !== undefined) {
    problems.error(filters.at, 'the securityContext has "filters" already');
  }
  return {
    name: name.value,
    securityContext: claimOfNode(context) as SecurityContext,
    roles: readRoles(roles, problems),
    filters: filters === undefined ? undefined : claimOfNode(filters),
  };
}

function readRoles(roles: SourceNode | undefined, problems: Problems): readonly string[] {
  if (roles === undefined) return [];
  const items = roles.kind === 'list' ? roles.items : [];
  if (roles.kind !== 'list') problems.error(roles.at, '"roles" must be a list of names');
  return items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return [item.value];
    problems.error(item.at, 'a role is a name');
    return [];
  });
}
