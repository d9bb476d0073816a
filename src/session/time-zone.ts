/** Time zones that every warehouse understands the same: names of the IANA database, and whole hours. */
import { SqlError, SqlState } from '../errors.ts';
import { invalidValue, type SettingKind } from './setting-kinds.ts';

/** A name, not an offset: `+02:00` means west of Greenwich to POSIX and east to ISO 8601. */
const NAME = /^[A-Za-z][A-Za-z0-9_+\-/]*$/;
const HOURS = /^([+-]?)(\d{1,2})(?::?00)?(?:\.0*)?$/;
const INTERVAL = /^INTERVAL '([+-]?\d{1,2}(?::00)?(?::00)?)'$/;

/**
 * `Europe/Berlin`, `-7` (hours east of Greenwich, as in SET TIME ZONE -7), `INTERVAL '-07:00'`.
 * @throws SqlError 22023 when there is no such zone; 0A000 for an offset that is no whole hour
 */
export const timeZone: SettingKind = (text, name) => {
  const written = (INTERVAL.exec(text)?.[1] ?? text).trim().replace(/:00(:00)?$/, '');
  const hours = HOURS.exec(written);
  if (hours !== null) return fromHours(Number(`${hours[1]}${hours[2]}`), text, name);
  if (/^[+-]?[\d.:]+$/.test(written) || text.startsWith('INTERVAL')) {
    throw new SqlError(SqlState.featureNotSupported, `a time zone of ${text} is not supported`, {
      hint: 'Use the name of a zone, such as Asia/Kolkata.',
    });
  }
  if (!NAME.test(written)) throw invalidValue(name, text);
  return known(written) ?? missing(name, text);
};

/** POSIX counts hours west. */
function fromHours(hours: number, text: string, name: string): string {
  if (hours === 0) return 'UTC';
  if (hours < -12 || hours > 14) throw invalidValue(name, text);
  return `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`;
}

function known(zone: string): string | undefined {
  try {
    const resolved = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
    // Intl answers with another name where the zone is an alias; PostgreSQL keeps the one that was asked for.
    return resolved.toLowerCase() === zone.toLowerCase() ? resolved : zone;
  } catch {
    return undefined;
  }
}

function missing(name: string, text: string): never {
  throw invalidValue(name, text);
}
