/**
 * The operator's functions as they were found: by name, and as Cube's own or semwire's (contract, sections 7.2, 7.7,
 * 7.8 and 7.11). What they mean is the business of access/hooks.ts.
 */

/** One that is left unread would grant more than the operator wrote. */
export const HOOK_NAMES = [
  'checkAuth',
  'checkSqlAuth',
  'contextToGroups',
  'contextToRoles',
  'queryRewrite',
  'canSwitchUser',
  'canSwitchSqlUser',
] as const;

export type HookName = (typeof HOOK_NAMES)[number];

export type LoadedHook = {
  readonly name: HookName;
  /** `cube`: from cube.js, called as Cube calls it. */
  readonly origin: 'semwire' | 'cube';
  readonly file: string;
  readonly call: (...args: readonly unknown[]) => unknown;
};

/** Names of one and the same thing, of which there may be one. */
const SAME: readonly (readonly HookName[])[] = [
  ['checkAuth', 'checkSqlAuth'],
  ['contextToGroups', 'contextToRoles'],
  ['queryRewrite'],
  ['canSwitchUser', 'canSwitchSqlUser'],
];

export function isHookName(name: string): name is HookName {
  return (HOOK_NAMES as readonly string[]).includes(name);
}

/** @param fail throws the configuration error when the value is no function */
export function loadedHook(
  name: HookName,
  value: unknown,
  origin: LoadedHook['origin'],
  file: string,
  fail: (message: string) => never,
): LoadedHook {
  if (typeof value !== 'function') return fail(`${file}: "${name}" must be a function`);
  return { name, origin, file, call: (...args) => value(...args) };
}

/** In cube.js Cube's SQL API asks checkSqlAuth alone. Else two of a kind are refused: nobody could tell which holds. */
export function oneOfEach(hooks: readonly LoadedHook[], fail: (message: string) => never): readonly LoadedHook[] {
  const bySql = hooks.find(({ name, origin }) => name === 'checkSqlAuth' && origin === 'cube');
  const kept = hooks.filter(({ name, origin }) => !(bySql && name === 'checkAuth' && origin === 'cube'));
  for (const names of SAME) {
    const [first, second] = kept.filter(({ name }) => names.includes(name));
    if (first !== undefined && second !== undefined) {
      fail(`keep one of ${first.name} (${first.file}) and ${second.name} (${second.file})`);
    }
  }
  return kept;
}
