/**
 * What values a setting takes, by kind: each reads the client's text and gives the value as SHOW prints it, as
 * PostgreSQL's guc.c does. What differs from one setting to the next is in settings-table.ts.
 */
import { SqlError, SqlState } from '../errors.ts';

/**
 * @param text as the client wrote it
 * @param name as the setting is called in messages
 * @returns the normal form
 * @throws SqlError 22023 for a value that it does not take, 0A000 for one that is valid and not served
 */
export type SettingKind = (text: string, name: string) => string;

export function invalidValue(name: string, value: string, hint?: string): SqlError {
  return new SqlError(SqlState.invalidParameterValue, `invalid value for parameter "${name}": "${value}"`, { hint });
}

export const boolean: SettingKind = (text, name) => {
  const word = text.trim().toLowerCase();
  const isPrefixOf = (whole: string, least: number) => word.length >= least && whole.startsWith(word);
  if (word === '1' || isPrefixOf('on', 2) || isPrefixOf('true', 1) || isPrefixOf('yes', 1)) return 'on';
  if (word === '0' || isPrefixOf('off', 2) || isPrefixOf('false', 1) || isPrefixOf('no', 1)) return 'off';
  throw new SqlError(SqlState.invalidParameterValue, `parameter "${name}" requires a Boolean value`);
};

export const string: SettingKind = (text) => text;

/** pg_clean_ascii: what is no printable ASCII is written out, so that no log line or column can be forged (E14). */
export const asciiName: SettingKind = (text) =>
  [...Buffer.from(text)]
    .map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`))
    .join('')
    .slice(0, 63);

export function oneOf(...words: readonly string[]): SettingKind {
  return (text, name) => {
    const word = text.toLowerCase();
    if (words.includes(word)) return word;
    throw invalidValue(name, text, `Available values: ${words.join(', ')}.`);
  };
}

/** Words that PostgreSQL takes of which semwire serves only some: no client may believe that the others had effect. */
export function served(known: SettingKind, ...values: readonly string[]): SettingKind {
  return (text, name) => {
    const value = known(text, name);
    if (values.includes(value)) return value;
    throw new SqlError(SqlState.featureNotSupported, `${name} = ${value} is not supported`, {
      hint: `The value is ${values.join(' or ')}.`,
    });
  };
}

type Unit = { readonly name: string; readonly size: number };
/** Largest first: SHOW prints the largest that divides the value. */
const TIME: readonly Unit[] = [
  { name: 'd', size: 86_400_000 },
  { name: 'h', size: 3_600_000 },
  { name: 'min', size: 60_000 },
  { name: 's', size: 1_000 },
  { name: 'ms', size: 1 },
  { name: 'us', size: 0.001 },
];
const MEMORY: readonly Unit[] = [
  { name: 'TB', size: 2 ** 30 },
  { name: 'GB', size: 2 ** 20 },
  { name: 'MB', size: 1_024 },
  { name: 'kB', size: 1 },
];

export function integer(least: number, most: number): SettingKind {
  return (text, name) => String(inRange(readNumber(text, [], name), least, most, name, ''));
}

export function real(least: number, most: number): SettingKind {
  return (text, name) => {
    const value = Number(text.trim() === '' ? Number.NaN : text);
    if (Number.isNaN(value)) throw invalidValue(name, text);
    return String(inRange(value, least, most, name, ''));
  };
}

/** A number of milliseconds, or with a unit. */
export function milliseconds(least: number): SettingKind {
  return withUnit(TIME, 'ms', least);
}

/** A number of kilobytes, or with a unit. */
export function kilobytes(least: number): SettingKind {
  return withUnit(MEMORY, 'kB', least);
}

/** @param value a normal form of `milliseconds` */
export function asMilliseconds(value: string): number {
  return readNumber(value, TIME, '');
}

const MOST = 2_147_483_647;

function withUnit(units: readonly Unit[], base: string, least: number): SettingKind {
  return (text, name) => {
    const value = inRange(readNumber(text, units, name), least, MOST, name, ` ${base}`);
    const unit = value > 0 ? units.find(({ size }) => size >= 1 && value % size === 0) : undefined;
    return unit === undefined ? String(value) : `${value / unit.size}${unit.name}`;
  };
}

function readNumber(text: string, units: readonly Unit[], name: string): number {
  const match = /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*([A-Za-z]*)\s*$/i.exec(text);
  if (match === null) throw invalidValue(name, text);
  const suffix = match[2] ?? '';
  if (suffix === '') return Math.round(Number(match[1]));
  const unit = units.find((candidate) => candidate.name === suffix);
  if (unit === undefined) {
    const hint = units.length === 0 ? undefined : `Valid units for this parameter are ${unitList(units)}.`;
    throw invalidValue(name, text, hint);
  }
  return Math.round(Number(match[1]) * unit.size);
}

function unitList(units: readonly Unit[]): string {
  const names = units.map((unit) => `"${unit.name}"`).reverse();
  return `${names.slice(0, -1).join(', ')}, and ${names.at(-1)}`;
}

function inRange(value: number, least: number, most: number, name: string, unit: string): number {
  if (value >= least && value <= most) return value;
  const range = `${least}${least === 0 ? '' : unit} .. ${most}${unit}`;
  throw new SqlError(
    SqlState.invalidParameterValue,
    `${value}${unit} is outside the valid range for parameter "${name}" (${range})`,
  );
}
