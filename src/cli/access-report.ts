/** `semwire check --access`: what a reader of policies looks for, and easily misses. */
import type { ExposedTable } from '../access/exposed.ts';
import { whyIdle } from '../access/idle-policies.ts';
import { memberAccess } from '../access/masks.ts';
import { type MemberPlace, membersBelow } from '../model/made-of.ts';
import { type Mentions, mentionsIn } from '../model/mentions.ts';
import type { Model, Policy, SourcePosition } from '../model/types.ts';

export type Reported = {
  readonly model: Model;
  /** Those that are exposed to anybody at all. */
  readonly tables: readonly ExposedTable[];
  /** The model's. */
  readonly folder: string;
  /** Top-level claims that its templates have read, whoever named them. */
  readonly reads: ReadonlySet<string>;
  readonly signIn: SignInClaims;
};

/** Claims that decide who somebody is. `identity`: whose rights they are, where the model has any. */
export type SignInClaims = {
  readonly groups: readonly string[] | 'hook';
  readonly identity: string | undefined;
};

export async function accessReport({ model, tables, folder, reads, signIn }: Reported): Promise<readonly string[]> {
  const mentions = await mentionsIn(folder);
  return [
    ...section('tables that no policy restricts', openTables(model, tables)),
    ...section('policies that grant nothing to anybody', idlePolicies(model)),
    ...section('members granted by name though made of what the same policy masks', unmaskedByName(model)),
    ...section('claims that the model reads', claimLines(mentions, reads)),
    ...section('claims that every statement is decided by', signInLines(signIn)),
    ...section("text of the authors' own that becomes SQL (sql.raw)", rawSqlLines(mentions)),
  ];
}

function section(head: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [`${head}: none`] : [`${head}:`, ...lines.map((line) => `  ${line}`)];
}

/** Whoever signs in reads all of it, or all rows of it. */
function openTables({ cubes, views }: Model, tables: readonly ExposedTable[]): readonly string[] {
  return tables
    .filter(({ kind }) => kind !== 'sub_query')
    .flatMap((table) => {
      const own = table.kind === 'view' ? views.get(table.name)?.accessPolicy : undefined;
      const read = [...new Set([table.root, ...table.columns.map(({ cube }) => cube)])];
      const open = read.filter((cube) => cubes.get(cube)?.accessPolicy === undefined);
      if (own !== undefined || open.length === 0) return [];
      if (open.length === read.length) return [table.name];
      return open.includes(table.root)
        ? [`${table.name}: its rows are those of the cube ${table.root}, which has none`]
        : [`${table.name}: the columns of ${open.join(', ')}, which have none`];
    });
}

function idlePolicies({ cubes, views }: Model): readonly string[] {
  const of = ({ accessPolicy = [] }: { readonly accessPolicy: readonly Policy[] | undefined }): readonly string[] =>
    accessPolicy.flatMap((policy) => {
      const why = whyIdle(policy);
      return why === undefined ? [] : [`${place(policy.at)}: ${why}`];
    });
  return [...[...cubes.values()].flatMap(of), ...[...views.values()].flatMap(of)];
}

/** They show what the mask of another member hides; whoever named them must have meant it. */
function unmaskedByName(model: Model): readonly string[] {
  const ofCubes = [...model.cubes.values()].flatMap(({ name, accessPolicy = [], dimensions, measures, segments }) => {
    const members = [...dimensions.keys(), ...measures.keys(), ...segments.keys()];
    return accessPolicy.flatMap((policy) => {
      const masked = (below: MemberPlace): boolean =>
        below.cube === name && memberAccess(policy, below.member) === 'masked';
      return namedOver(policy, members, (member) => membersBelow(model, name, [], member).filter(masked));
    });
  });
  const ofViews = [...model.views.values()].flatMap(({ root, accessPolicy = [], members }) =>
    accessPolicy.flatMap((policy) => {
      const columnOf = ({ path, member }: MemberPlace) =>
        members.find((each) => each.member === member && each.path.join('.') === path.join('.'));
      const below = (name: string): readonly MemberPlace[] => {
        const column = members.find((each) => each.name === name);
        return column === undefined ? [] : membersBelow(model, root, column.path, column.member);
      };
      const masked = (place: MemberPlace): boolean => {
        const column = columnOf(place);
        return column !== undefined && memberAccess(policy, column.name) === 'masked';
      };
      return namedOver(
        policy,
        members.map(({ name }) => name),
        (name) => below(name).filter(masked),
      );
    }),
  );
  return [...ofCubes, ...ofViews];
}

function namedOver(
  policy: Policy,
  members: readonly string[],
  maskedBelow: (member: string) => readonly MemberPlace[],
): readonly string[] {
  return members
    .filter((member) => memberAccess(policy, member) === 'named')
    .flatMap((member) => {
      const below = maskedBelow(member).map(({ cube, member: name }) => `${cube}.${name}`);
      return below.length === 0 ? [] : [`${place(policy.at)}: ${member}, made of ${below.join(', ')}`];
    });
}

/** A claim may be read under a name that no text shows, by a function or a variable. */
function claimLines({ claims }: Mentions, reads: ReadonlySet<string>): readonly string[] {
  const named = new Set([...claims.keys()].map((claim) => claim.split('.')[0]));
  const unnamed = [...reads].filter((claim) => !named.has(claim)).sort();
  return [
    ...[...claims].map(([claim, places]) => `${claim}: ${places.map(place).join(', ')}`),
    ...unnamed.map((claim) => `${claim}: when it is rendered`),
  ];
}

function signInLines({ groups, identity }: SignInClaims): readonly string[] {
  return [
    'filters: security filters',
    groups === 'hook'
      ? 'contextToGroups() reads them: the groups of policies'
      : `${groups.join(', ')}: the groups of policies`,
    ...(identity === undefined ? [] : [`${identity}: whose rights hold`]),
  ];
}

function rawSqlLines({ rawSql }: Mentions): readonly string[] {
  return rawSql.map(({ at, within }) => `${place(at)}${within === undefined ? '' : ` in ${within}()`}`);
}

function place({ file, line, column }: SourcePosition): string {
  return `${file}:${line}:${column}`;
}
