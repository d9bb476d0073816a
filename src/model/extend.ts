/**
 * `extends`: a cube or view that begins as another one. Lists of named things merge by name and the child's wins whole;
 * a parent's policies and filters always stay.
 */
import type { Problems } from './problems.ts';
import { entryOf, type SourceEntry, type SourceMap, type SourceNode, stringOf } from './source.ts';
import { didYouMean } from './spelling.ts';

const MERGED_BY_NAME = new Set(['joins', 'dimensions', 'measures', 'segments', 'hierarchies', 'pre_aggregations']);
const APPENDED = new Set(['access_policy', 'default_filters', 'cubes', 'folders']);
/** Where the child says one, the parent's other is gone. */
const EXCLUSIVE: Readonly<Record<string, string>> = { sql: 'sql_table', sql_table: 'sql' };
const VISIBILITY = ['public', 'shown'];

/** @param definitions by name, cubes or views @returns the same with every parent merged in */
export function applyExtends(
  kind: 'cube' | 'view',
  definitions: ReadonlyMap<string, SourceMap>,
  problems: Problems,
): ReadonlyMap<string, SourceMap> {
  const done = new Map<string, SourceMap>();
  const resolve = (name: string, definition: SourceMap, chain: readonly string[]): SourceMap => {
    const known = done.get(name);
    if (known !== undefined) return known;
    const entry = entryOf(definition, 'extends');
    const parentName = stringOf(definition, 'extends')?.replaceAll(/[${}\s]/g, '');
    if (entry === undefined || parentName === undefined) {
      done.set(name, definition);
      return definition;
    }
    const parent = definitions.get(parentName);
    const trail = [...chain, name];
    if (parent === undefined) {
      problems.error(entry.value.at, `unknown ${kind} "${parentName}"${didYouMean(parentName, definitions.keys())}`);
      return definition;
    }
    if (trail.includes(parentName)) {
      problems.error(entry.value.at, `circular extends: ${[...trail, parentName].join(' -> ')}`);
      return definition;
    }
    const merged = merge(resolve(parentName, parent, trail), definition);
    done.set(name, merged);
    return merged;
  };
  return new Map([...definitions].map(([name, definition]) => [name, resolve(name, definition, [])]));
}

function merge(parent: SourceMap, child: SourceMap): SourceMap {
  const says = (key: string) => entryOf(child, key) !== undefined;
  const kept = parent.entries.filter((entry) => {
    const other = EXCLUSIVE[entry.key];
    if (other !== undefined && says(other)) return false;
    if (VISIBILITY.includes(entry.key)) return !VISIBILITY.some(says);
    return entry.key !== 'extends' && !says(entry.key);
  });
  const own = child.entries.map((entry): SourceEntry => {
    const inherited = entryOf(parent, entry.key)?.value;
    if (inherited === undefined) return entry;
    return { ...entry, value: mergeValue(entry.key, inherited, entry.value) };
  });
  // What the parent could not be rendered with, its visibility say, would be missing in the child.
  const denied = child.denied ?? parent.denied;
  return { ...child, entries: [...kept, ...own], ...(denied === undefined ? {} : { denied }) };
}

function mergeValue(key: string, parent: SourceNode, child: SourceNode): SourceNode {
  const empty = child.kind === 'scalar' && child.value === null;
  if (parent.kind !== 'list' || !(child.kind === 'list' || empty)) return child;
  const added = child.kind === 'list' ? child.items : [];
  if (APPENDED.has(key)) return { ...child, kind: 'list', items: [...parent.items, ...added] };
  if (!MERGED_BY_NAME.has(key)) return child;
  const byName = new Map(added.map((item) => [nameOf(item), item]));
  const inherited = parent.items.map((item) => byName.get(nameOf(item)) ?? item);
  const names = new Set(parent.items.map(nameOf));
  return { ...child, kind: 'list', items: [...inherited, ...added.filter((item) => !names.has(nameOf(item)))] };
}

function nameOf(item: SourceNode): string | undefined {
  return item.kind === 'map' ? stringOf(item, 'name') : undefined;
}
