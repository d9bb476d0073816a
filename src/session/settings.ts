/**
 * One session's settings, with the memory that transactions need of them.
 * Values are immutable maps, replaced on change: a snapshot is a reference.
 */
import { SqlError, SqlState } from '../errors.ts';
import { isCustomName, reservedPrefix, SETTINGS, type Setting } from './settings-table.ts';

export type SettingsSnapshot = {
  /** What holds now. */
  readonly current: ReadonlyMap<string, string>;
  /** What holds once the transaction has committed: `current` without what SET LOCAL changed. */
  readonly lasting: ReadonlyMap<string, string>;
};

/** Settings of the client's own take memory until the session ends. */
const MAX_CUSTOM = 200;
const MAX_VALUE_LENGTH = 65_536;

export class Settings {
  #snapshot: SettingsSnapshot;
  /** What RESET goes back to. */
  #initial: ReadonlyMap<string, string>;
  #reported: ReadonlyMap<string, string> = new Map();

  /** @param known values that differ from the table's: the facts of this server and session, by lower-case name */
  constructor(known: ReadonlyMap<string, string>) {
    const initial = new Map([...SETTINGS].map(([key, { initial: value }]) => [key, known.get(key) ?? value]));
    this.#initial = initial;
    this.#snapshot = { current: initial, lasting: initial };
  }

  /** Effective values by lower-case name; another map after every change. */
  get values(): ReadonlyMap<string, string> {
    return this.#snapshot.current;
  }

  snapshot(): SettingsSnapshot {
    return this.#snapshot;
  }

  restore(snapshot: SettingsSnapshot): void {
    this.#snapshot = snapshot;
  }

  /** The end of a committed transaction: SET LOCAL ends with it. */
  commit(): void {
    const { lasting } = this.#snapshot;
    this.#snapshot = { current: lasting, lasting };
  }

  /** What is set from here on is undone by RESET: call once the startup packet has been applied. */
  started(): void {
    this.#initial = this.#snapshot.current;
  }

  /** @throws SqlError 42704 for a name that does not exist */
  show(name: string): { readonly name: string; readonly value: string } {
    const key = name.toLowerCase();
    const value = this.values.get(key);
    if (value === undefined) throw unrecognized(name);
    return { name: SETTINGS.get(key)?.name ?? name, value };
  }

  /**
   * @param text the value as one text
   * @throws SqlError 42704, 22023, 0A000, 55P02 (a fact), 53400
   */
  set(name: string, text: string, local: boolean): void {
    const key = name.toLowerCase();
    const setting = SETTINGS.get(key);
    if (setting === undefined) this.#checkCustom(name, key, text);
    this.#store(key, setting === undefined ? text : normalForm(setting, text), local);
  }

  /** A fact that changes, such as the role: what no SET may say by itself. */
  assign(key: string, value: string, local: boolean): void {
    this.#store(key, value, local);
  }

  reset(name: string, local: boolean): void {
    const key = name.toLowerCase();
    const setting = SETTINGS.get(key);
    if (setting === undefined && !isCustomName(name)) throw unknownName(name);
    if (setting !== undefined && setting.kind === undefined) throw cannotChange(setting);
    // A setting of the client's own is empty after RESET, not gone.
    this.#store(key, this.#initial.get(key) ?? '', local);
  }

  resetAll(): void {
    const own = [...this.values.keys()].filter((key) => !this.#initial.has(key)).map((key) => [key, ''] as const);
    const { current, lasting } = this.#snapshot;
    const values = (before: ReadonlyMap<string, string>) =>
      new Map([...this.#initial, ...own, ...KEPT_BY_RESET_ALL.map((key) => [key, before.get(key) ?? ''] as const)]);
    const changed = values(lasting);
    const same = KEPT_BY_RESET_ALL.every((key) => current.get(key) === lasting.get(key));
    this.#snapshot = { current: same ? changed : values(current), lasting: changed };
  }

  /** Names and values of the reported settings that changed since the last call, for ParameterStatus. */
  takeChanges(): readonly (readonly [string, string])[] {
    const { values } = this;
    if (values === this.#reported) return [];
    const before = this.#reported;
    this.#reported = values;
    return REPORTED.filter(([key]) => values.get(key) !== before.get(key)).map(([key, name]) => [
      name,
      values.get(key) ?? '',
    ]);
  }

  #store(key: string, value: string, local: boolean): void {
    const { current, lasting } = this.#snapshot;
    if (current.get(key) === value && (local || lasting.get(key) === value)) return;
    const changed = new Map(current).set(key, value);
    if (local) this.#snapshot = { current: changed, lasting };
    else
      this.#snapshot = { current: changed, lasting: current === lasting ? changed : new Map(lasting).set(key, value) };
  }

  #checkCustom(name: string, key: string, text: string): void {
    if (!isCustomName(name)) throw unknownName(name);
    const full = !this.values.has(key) && this.values.size >= SETTINGS.size + MAX_CUSTOM;
    if (full || text.length > MAX_VALUE_LENGTH) {
      throw new SqlError(SqlState.configurationLimitExceeded, 'too many or too long settings in this session');
    }
  }
}

/** GUC_NO_RESET_ALL */
const KEPT_BY_RESET_ALL = ['role', 'session_authorization'] as const;
const REPORTED = [...SETTINGS].filter(([, { reported }]) => reported).map(([key, { name }]) => [key, name] as const);

function normalForm(setting: Setting, text: string): string {
  if (setting.kind === undefined) throw cannotChange(setting);
  return setting.kind(text, setting.name);
}

/** As assignable_custom_variable_name and find_option word it, for who would set it. */
function unknownName(name: string): SqlError {
  if (!name.includes('.')) return unrecognized(name);
  const prefix = reservedPrefix(name);
  const detail =
    prefix === undefined
      ? 'Custom parameter names must be two or more simple identifiers separated by dots.'
      : `"${prefix}" is a reserved prefix.`;
  // 42602: invalid_name
  return new SqlError('42602', `invalid configuration parameter name "${name}"`, { detail });
}

function unrecognized(name: string): SqlError {
  return new SqlError(SqlState.undefinedObject, `unrecognized configuration parameter "${name}"`);
}

function cannotChange(setting: Setting): SqlError {
  // 55P02: cant_change_runtime_param
  return new SqlError('55P02', `parameter "${setting.name}" cannot be changed`);
}
