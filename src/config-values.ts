/**
 * How the text of a variable becomes a value: durations, lists, switches, addresses.
 */
import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** setTimeout takes no more; a longer limit would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** `60s`, `1h`, `31d`, `500ms`, `10min`; a bare number is seconds. In milliseconds. */
export const duration = z.string().transform((text, context) => {
  const match = /^(\d{1,12})(ms|s|min|m|h|d)?$/.exec(text.trim());
  const unit = UNITS[match?.[2] ?? 's'];
  if (match === null || unit === undefined) {
    context.addIssue({ code: 'custom', message: `must be a duration such as 60s, 1h or 31d, not "${text}"` });
    return z.NEVER;
  }
  return Number(match[1]) * unit;
});

/** A duration that a timer has to wait for: at most 24 days. */
export const timer = duration.refine((value) => value <= LONGEST_TIMER, 'must be 24 days or less');

/** Comma-separated, trimmed, without empty items. */
export const list = z.string().transform((text): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** `a=1,b=2` */
export const pairs = list.transform((items, context): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const item of items) {
    const at = item.indexOf('=');
    if (at < 1) {
      context.addIssue({ code: 'custom', message: `must be a list of name=value, not "${item}"` });
      return z.NEVER;
    }
    found.set(item.slice(0, at).trim(), item.slice(at + 1).trim());
  }
  return found;
});

export const flag = z.string().transform((text, context) => {
  switch (text.trim().toLowerCase()) {
    case '1':
    case 'true':
    case 'on':
    case 'yes':
      return true;
    case '':
    case '0':
    case 'false':
    case 'off':
    case 'no':
      return false;
    default:
      context.addIssue({ code: 'custom', message: `must be 1 or 0, not "${text}"` });
      return z.NEVER;
  }
});

export function count(least: number, most: number) {
  return z.string().transform((text, context) => {
    const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      context.addIssue({ code: 'custom', message: `must be a whole number from ${least} to ${most}, not "${text}"` });
      return z.NEVER;
    }
    return value;
  });
}

/** A port, or `off`. */
export const portOrOff = z.union([z.literal('off').transform(() => undefined), count(0, 65_535)]);

export const url = z.string().transform((text, context) => {
  if (!URL.canParse(text)) {
    context.addIssue({ code: 'custom', message: 'must be a URL' });
    return z.NEVER;
  }
  return new URL(text);
});

/** 127.0.0.0/8, ::1 and the name that stands for them. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(bare);
}
