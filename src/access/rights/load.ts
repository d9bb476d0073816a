/**
 * The files in `access/` of a model folder → the rights of each identity, or everything that is wrong with them.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthMode } from '../../config.ts';
import { assertNever } from '../../errors.ts';
import { parseJson } from '../../model/json.ts';
import { gatherProblems, type Problems } from '../../model/problems.ts';
import { didYouMean } from '../../model/spelling.ts';
import type { Model, ModelProblem } from '../../model/types.ts';
import { checkNames } from './check-names.ts';
import { checkRoles, mergeRight } from './inherit.ts';
import { type RightEntry, readRightEntries } from './right-entry.ts';
import type { Right, Rights } from './rights.ts';
import { type IniValue, NO_SETTINGS, readSlicerIni, type SlicerSettings } from './slicer-ini.ts';

export type LoadedRights = {
  /** Undefined: there are none, so that they keep nobody from anything. Undefined too when a problem is an error. */
  readonly rights: Rights | undefined;
  readonly problems: readonly ModelProblem[];
};

const FOLDER = 'access';
const SETTINGS = 'slicer.ini';
const RIGHTS = 'rights.json';
const ROLES = 'roles.json';
/** Of rights.json, for whom nobody is found, where slicer.ini names no other. */
const GUEST = 'guest';

type Entries = ReadonlyMap<string, RightEntry>;
type Access = {
  readonly settings: SlicerSettings;
  readonly rights: Entries;
  readonly roles: Entries;
  /** As messages name them. */
  readonly files: { readonly rights: string; readonly roles: string };
};

/**
 * @param model undefined where it does not load, or has no names without a security context: nothing can be checked
 * @param auth SEMWIRE_AUTH: a guest is let in where it knows callers without an identity
 */
export async function loadRights(folder: string, model: Model | undefined, auth: AuthMode): Promise<LoadedRights> {
  const problems = gatherProblems();
  const access = await readAccess(join(folder, FOLDER), problems).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    problems.error({ file: FOLDER, line: 1, column: 1 }, `cannot be read (${code})`);
    return undefined;
  });
  if (access === undefined) return { rights: undefined, problems: problems.list() };
  const { settings, rights, roles } = access;
  checkRoles(rights, roles, problems);
  if (model !== undefined) checkNames([...roles.values(), ...rights.values()], settings, model, problems);
  else
    problems.error(
      { file: access.files.rights, line: 1, column: 1 },
      'cannot be checked: the names of the model are not known without a security context',
    );
  const guest = findGuest(access, problems);
  if (problems.errors() > 0) return { rights: undefined, problems: problems.list() };
  const identities = new Map(
    [...rights].map(([name, entry]): [string, Right] => [name, mergeRight(name, entry, roles)]),
  );
  return {
    rights: {
      mode: settings.mode,
      identities,
      guest: guest === undefined || !letsGuestsIn(auth) ? undefined : mergeRight(...guest, roles),
      identityDimension: settings.identityDimension,
    },
    problems: problems.list(),
  };
}

/** Who comes by a token or by a hook's word is somebody, or nobody. */
function letsGuestsIn(auth: AuthMode): boolean {
  switch (auth) {
    case 'none':
    case 'parameter':
    case 'proxy':
      return true;
    case 'jwt':
    case 'hook':
      return false;
    default:
      return assertNever(auth, 'letsGuestsIn');
  }
}

/** @returns undefined where there are no rights to hold: no files, or slicer.ini says so */
async function readAccess(folder: string, problems: Problems): Promise<Access | undefined> {
  const present = await filesOf(folder);
  const ini = present.includes(SETTINGS) ? await readFile(join(folder, SETTINGS), 'utf8') : undefined;
  const settings = ini === undefined ? NO_SETTINGS : readSlicerIni(`${FOLDER}/${SETTINGS}`, ini, problems);
  const rightsFile = settings.rightsFile?.text ?? RIGHTS;
  const rolesFile = settings.rolesFile?.text ?? ROLES;
  const files = { rights: `${FOLDER}/${rightsFile}`, roles: `${FOLDER}/${rolesFile}` };
  if (settings.authorization === 'none') {
    for (const file of present.filter((name) => [rightsFile, rolesFile].includes(name)))
      problems.warning(start(file), `has no effect: ${SETTINGS} says authorization = none`);
    return undefined;
  }
  const rights = await readEntries(folder, rightsFile, settings.rightsFile, problems);
  const roles = await readEntries(folder, rolesFile, settings.rolesFile, problems);
  const asked =
    settings.authorization === 'simple' ||
    settings.mode !== 'strict' ||
    settings.identityDimension !== undefined ||
    settings.guest !== undefined;
  if (rights === undefined && (roles !== undefined || asked))
    problems.error(start(rightsFile), 'is missing: without it nobody has a right');
  for (const file of present.filter((name) => ![SETTINGS, rightsFile, rolesFile].includes(name))) {
    if (!/\.(json|ini)$/i.test(file)) continue;
    const message = `is not read: rights are in ${files.rights}, roles in ${files.roles}`;
    // Without any rights in force it was probably meant to be them.
    if (rights === undefined) problems.error(start(file), message);
    else problems.warning(start(file), message);
  }
  if (rights === undefined && problems.errors() === 0) return undefined;
  return { settings, rights: rights ?? new Map(), roles: roles ?? new Map(), files };
}

function start(file: string) {
  return { file: `${FOLDER}/${file}`, line: 1, column: 1 };
}

/** @param named where slicer.ini names it: then it must be there */
async function readEntries(
  folder: string,
  file: string,
  named: IniValue | undefined,
  problems: Problems,
): Promise<Entries | undefined> {
  const content = await readIfPresent(join(folder, file));
  if (content !== undefined) {
    const node = parseJson(`${FOLDER}/${file}`, content, problems);
    return node === undefined ? new Map() : readRightEntries(node, problems);
  }
  if (named !== undefined) problems.error(named.at, `there is no file ${FOLDER}/${file}`);
  return undefined;
}

function findGuest({ settings, rights, roles, files }: Access, problems: Problems): [string, RightEntry] | undefined {
  const { guest: named } = settings;
  if (named === undefined) {
    const entry = rights.get(GUEST);
    return entry === undefined ? undefined : [GUEST, entry];
  }
  const entry = roles.get(named.text);
  if (entry !== undefined) return [named.text, entry];
  const known = didYouMean(named.text, roles.keys());
  problems.error(named.at, `guest = ${named.text}: there is no such role in ${files.roles}${known}`);
  return undefined;
}

async function filesOf(folder: string): Promise<readonly string[]> {
  return (await absent(readdir(folder))) ?? [];
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return absent(readFile(path, 'utf8'));
}

/** Undefined for what is not there; what is there and cannot be read is thrown. */
async function absent<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
