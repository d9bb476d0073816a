/** What `semwire check` says of DataBrewery rights: who sees what, and where another order would decide otherwise. */
import type { PublicTables } from '../access/exposed.ts';
import { decideRights } from '../access/rights/decision.ts';
import { heldRight, type Right, type Rights, type RightsMode } from '../access/rights/rights.ts';
import type { Model } from '../model/types.ts';
import { tableLines } from './table.ts';

const RULES: Readonly<Record<RightsMode, string>> = {
  strict: 'allowed_cubes and no other cubes, without denied_cubes',
  deny_allow: 'what is denied is hidden, unless it is allowed; all else is seen',
  allow_deny: 'what is allowed is seen, unless it is denied; all else is hidden',
};

/** What a right shows. */
type Seen = { readonly columns: ReadonlyMap<string, readonly string[]>; readonly empty: ReadonlySet<string> };

/** A table with a row for each identity, and the guest last. */
export function rightsReport(rights: Rights, model: Model, exposed: PublicTables): readonly string[] {
  const { mode, identities, guest } = rights;
  // Without `order`, DataBrewery's code takes deny_allow, which shows more than its documentation says.
  const other: RightsMode = mode === 'strict' ? 'deny_allow' : 'strict';
  const seen = (right: Right, by: RightsMode): Seen => {
    const decision = decideRights({ ...heldRight(rights, right.name), right, mode: by }, model, exposed, () => 0);
    const shown = exposed.tables.filter((table) => decision.columns(table).length > 0);
    const empty = shown.filter((table) =>
      decision.rowFilters(table, { columns: [], paths: [] }).some(({ kind }) => kind === 'nothing'),
    );
    return {
      columns: new Map(shown.map((table) => [table.name, decision.columns(table).map(({ name }) => name)])),
      empty: new Set(empty.map(({ name }) => name)),
    };
  };
  const row = (right: Right, name: string): readonly string[] => {
    const found = seen(right, mode);
    return [
      name,
      right.roles.join('\n'),
      tablesSeen(found, exposed),
      hiddenColumns(found, exposed).join('\n'),
      restrictions(right, rights).join('\n'),
      differences(found, seen(right, other)).join('\n'),
    ];
  };
  const named = [...identities.values()].filter(({ at }) => at !== guest?.at).map((right) => row(right, right.name));
  const rows = guest === undefined ? named : [...named, row(guest, `${guest.name} (guest)`)];
  const heading = other === 'strict' ? 'strict' : `order = ${other}`;
  const names = ['identity', 'roles', 'tables', 'hidden columns', 'rows', heading];
  const columns = names.map((name) => ({ name, alignment: 'left' as const }));
  return [
    `rights, ${mode === 'strict' ? 'strict' : `order = ${mode}`}: ${RULES[mode]}`,
    '',
    ...tableLines(columns, rows),
    '',
  ];
}

function tablesSeen({ columns, empty }: Seen, { tables }: PublicTables): string {
  if (columns.size === 0) return 'none';
  if (columns.size === tables.length && empty.size === 0) return 'all';
  return [...columns.keys()].map((name) => (empty.has(name) ? `${name} (no rows)` : name)).join('\n');
}

const MOST_NAMES = 6;

/** Columns that a right hides of the tables that it shows. */
function hiddenColumns({ columns: seen }: Seen, exposed: PublicTables): readonly string[] {
  return exposed.tables.flatMap(({ name, columns }) => {
    const shown = seen.get(name);
    if (shown === undefined) return [];
    const hidden = columns.filter((column) => !shown.includes(column.name)).map((column) => column.name);
    if (hidden.length > MOST_NAMES) return [`${name}: ${hidden.length} of ${columns.length}`];
    return hidden.map((column) => `${name}.${column}`);
  });
}

function restrictions(right: Right, { identityDimension }: Rights): readonly string[] {
  const cuts = [...right.restrictions].flatMap(([table, own]) => own.map(({ text }) => `${table}: ${text}`));
  if (identityDimension === undefined) return cuts;
  const { dimension, hierarchy } = identityDimension;
  return [...cuts, `*: ${dimension}${hierarchy === undefined ? '' : `@${hierarchy}`} is the identity`];
}

/** `+ table` and `- table`: what the other order would show more, or less. */
function differences({ columns: tables }: Seen, { columns: others }: Seen): readonly string[] {
  const more = [...others.keys()].filter((name) => !tables.has(name)).map((name) => `+ ${name}`);
  const less = [...tables.keys()].filter((name) => !others.has(name)).map((name) => `- ${name}`);
  const columns = [...tables].flatMap(([name, shown]) => {
    const other = others.get(name);
    if (other === undefined) return [];
    return [
      ...other.filter((column) => !shown.includes(column)).map((column) => `+ ${name}.${column}`),
      ...shown.filter((column) => !other.includes(column)).map((column) => `- ${name}.${column}`),
    ];
  });
  return [...more, ...less, ...columns];
}
