/**
 * `access/slicer.ini`: of DataBrewery's server configuration, what decides about rights.
 */
import type { Problems } from '../../model/problems.ts';
import { didYouMean } from '../../model/spelling.ts';
import type { SourcePosition } from '../../model/types.ts';
import type { DimensionName, RightsMode } from './rights.ts';

export type SlicerSettings = {
  /** `authorization = none`: no rights, whatever files there are. Undefined: not said. */
  readonly authorization: 'none' | 'simple' | undefined;
  readonly mode: RightsMode;
  /** Names of files, relative to `access/`. */
  readonly rightsFile: IniValue | undefined;
  readonly rolesFile: IniValue | undefined;
  /** A role. */
  readonly guest: IniValue | undefined;
  readonly identityDimension: DimensionName | undefined;
};

export type IniValue = { readonly text: string; readonly at: SourcePosition };

export const NO_SETTINGS: SlicerSettings = {
  authorization: undefined,
  mode: 'strict',
  rightsFile: undefined,
  rolesFile: undefined,
  guest: undefined,
  identityDimension: undefined,
};

const AUTHORIZATION_KEYS = ['rights_file', 'roles_file', 'order', 'guest', 'identity_dimension'];

/** What is wrong goes to `problems`; what has no meaning here, as a warning. */
export function readSlicerIni(file: string, content: string, problems: Problems): SlicerSettings {
  const found = new Map<string, IniValue>();
  for (const { section, key, value, at } of entriesOf(file, content, problems)) {
    const known = knownKey(section, key, at, value, problems);
    if (known === undefined) continue;
    if (found.has(known)) problems.error(at, `"${key}" is given twice`);
    found.set(known, { text: value, at });
  }
  const one = <Value extends string>(key: string, values: readonly Value[]): Value | undefined => {
    const given = found.get(key);
    const value = values.find((each) => each === given?.text);
    if (given !== undefined && value === undefined)
      problems.error(given.at, `${key} = ${given.text}: must be one of ${values.join(', ')}`);
    return value;
  };
  const dimension = found.get('identity_dimension');
  return {
    authorization: one('authorization', ['none', 'simple']),
    mode: one('order', ['deny_allow', 'allow_deny']) ?? 'strict',
    rightsFile: fileName(found.get('rights_file'), problems),
    rolesFile: fileName(found.get('roles_file'), problems),
    guest: found.get('guest'),
    identityDimension: dimension === undefined ? undefined : readDimension(dimension, problems),
  };
}

/** @returns the key when it is one of ours */
function knownKey(
  section: string | undefined,
  key: string,
  at: SourcePosition,
  value: string,
  problems: Problems,
): string | undefined {
  // DataBrewery's own documentation shows these keys without their sections.
  if ((section === 'workspace' || section === undefined) && key === 'authorization') return key;
  if (section === 'authorization' || section === undefined) {
    if (AUTHORIZATION_KEYS.includes(key)) return key;
    problems.error(at, `unknown key "${key}"${didYouMean(key, AUTHORIZATION_KEYS)}`);
    return undefined;
  }
  if (AUTHORIZATION_KEYS.includes(key)) {
    problems.error(at, `"${key}" belongs in the section [authorization]`);
  } else if (section === 'server' && key === 'authentication') {
    problems.warning(at, `"authentication" does nothing here: it is ${authenticationOf(value)}`);
  } else problems.warning(at, `"${key}" in [${section}] does nothing here`);
  return undefined;
}

function authenticationOf(value: string): string {
  switch (value) {
    case 'pass_parameter':
      return 'SEMWIRE_AUTH=parameter';
    case 'http_basic_proxy':
      return 'SEMWIRE_AUTH=proxy';
    case 'none':
      return 'SEMWIRE_AUTH=none';
    default:
      return 'SEMWIRE_AUTH that says how identities are found';
  }
}

function fileName(value: IniValue | undefined, problems: Problems): IniValue | undefined {
  if (value === undefined) return undefined;
  const outside = /^([/\\]|[A-Za-z]:)/.test(value.text) || value.text.split(/[/\\]/).includes('..');
  if (!outside && value.text !== '') return value;
  problems.error(value.at, `"${value.text}" is no file in access/`);
  return undefined;
}

function readDimension({ text, at }: IniValue, problems: Problems): DimensionName | undefined {
  // DataBrewery takes no notice of a level.
  const match = /^([A-Za-z_]\w*)(?:@([A-Za-z_]\w*))?(?::[A-Za-z_]\w*)?$/.exec(text);
  if (match === null) problems.error(at, `"${text}" is no dimension: "dimension" or "dimension@hierarchy" is expected`);
  return match === null ? undefined : { dimension: match[1] ?? '', hierarchy: match[2], at };
}

type IniEntry = {
  readonly section: string | undefined;
  readonly key: string;
  readonly value: string;
  readonly at: SourcePosition;
};

/** As Python's ConfigParser reads it: `key = value` or `key: value`, names without regard to case, `#` and `;` comments. */
function entriesOf(file: string, content: string, problems: Problems): readonly IniEntry[] {
  const entries: IniEntry[] = [];
  let section: string | undefined;
  for (const [i, line] of content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const at: SourcePosition = { file, line: i + 1, column: line.search(/\S|$/) + 1 };
    if (/^\s*([#;]|$)/.test(line)) continue;
    const heading = /^\[([^\]]+)\]\s*$/.exec(line.trim())?.[1];
    const entry = /^([^=:]+?)\s*[=:]\s*(.*?)\s*$/.exec(line.trim());
    if (heading !== undefined) section = heading.trim().toLowerCase();
    else if (/^\s/.test(line) && section !== undefined && !isOurs(section)) continue;
    else if (entry === null) problems.error(at, 'a line is "[section]" or "key = value"');
    else entries.push({ section, key: (entry[1] ?? '').toLowerCase(), value: entry[2] ?? '', at });
  }
  return entries;
}

/** Elsewhere a value may go on in the next line. */
function isOurs(section: string): boolean {
  return section === 'authorization' || section === 'workspace';
}
