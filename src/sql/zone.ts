/** Offsets from UTC of a named time zone, from the runtime's own time zone database. */

/** Seconds east of Greenwich at a moment. @param epochSeconds whole seconds since 1970-01-01 00:00 UTC */
export type ZoneOffsets = (epochSeconds: number) => number;

/** Offsets change at most at one moment within a quarter of an hour. */
const SPAN = 900;
const LARGEST_CACHE = 100_000;
/** A JavaScript date's range; the few years beyond it have the offset of its ends. */
const LAST_SECOND = 8.64e12;

/** @throws RangeError when the zone is not known */
export function zoneOffsets(zone: string): ZoneOffsets {
  if (/^(etc\/)?(utc|uct|gmt|zulu|greenwich|universal)$/i.test(zone)) return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const cache = new Map<number, number | undefined>();
  return (epochSeconds) => {
    const clamped = Math.max(-LAST_SECOND, Math.min(LAST_SECOND - SPAN, epochSeconds));
    const span = Math.floor(clamped / SPAN);
    let offset = cache.get(span);
    if (offset === undefined && !cache.has(span)) {
      const atStart = offsetAt(format, span * SPAN);
      offset = atStart === offsetAt(format, (span + 1) * SPAN - 1) ? atStart : undefined;
      if (cache.size >= LARGEST_CACHE) cache.clear();
      cache.set(span, offset);
    }
    return offset ?? offsetAt(format, clamped);
  };
}

function offsetAt(format: Intl.DateTimeFormat, epochSeconds: number): number {
  const part = new Map(format.formatToParts(epochSeconds * 1000).map(({ type, value }) => [type, value]));
  const number = (name: Intl.DateTimeFormatPartTypes): number => Number(part.get(name));
  const year = part.get('era') === 'BC' ? 1 - number('year') : number('year');
  const local = new Date(0);
  local.setUTCFullYear(year, number('month') - 1, number('day'));
  local.setUTCHours(number('hour'), number('minute'), number('second'));
  return local.getTime() / 1000 - epochSeconds;
}

const UTC_NAMES = /^(etc\/)?(utc|uct|gmt|zulu|greenwich|universal)$/i;

/** True when two names stand for one zone as far as we can tell. */
export function sameZone(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase() || (UTC_NAMES.test(a) && UTC_NAMES.test(b));
}

const LOCAL = /^\s*(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?)?\s*$/;
const ABSOLUTE = /[zZ]\s*$|\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*[+-]\d{1,2}(:?\d{2})?(:?\d{2})?\s*$|^\s*[+-]?infinity\s*$/;

/**
 * A text of a timestamptz as the zone means it: with its offset written out.
 * @returns undefined for a text that is neither ISO without an offset nor absolute already
 */
export function absoluteTimestamp(text: string, zone: string): string | undefined {
  if (ABSOLUTE.test(text)) return text;
  const match = LOCAL.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = ''] = match;
  const local =
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) / 1000;
  const offsets = zoneOffsets(zone);
  const guess = local - offsets(local);
  const offset = offsets(guess) === offsets(local) ? offsets(local) : offsets(local - offsets(guess));
  return `${year}-${month}-${day} ${hour}:${minute}:${second}${fraction}${offsetText(offset)}`;
}

function offsetText(seconds: number): string {
  const [hours, minutes, rest] = [
    Math.floor(Math.abs(seconds) / 3600),
    Math.floor((Math.abs(seconds) % 3600) / 60),
    Math.abs(seconds) % 60,
  ];
  const parts = [hours, minutes, ...(rest === 0 ? [] : [rest])].map((part) => String(part).padStart(2, '0'));
  return `${seconds < 0 ? '-' : '+'}${parts.join(':')}`;
}
