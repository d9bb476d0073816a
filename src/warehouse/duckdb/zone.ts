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
