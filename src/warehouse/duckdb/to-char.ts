/** Templates of to_char for dates → strftime formats. */
import { notSupported } from '../../errors.ts';

const PATTERNS: readonly (readonly [string, string])[] = [
  ['YYYY', '%Y'],
  ['HH24', '%H'],
  ['HH12', '%I'],
  ['Mon', '%b'],
  ['Dy', '%a'],
  ['DDD', '%j'],
  ['MI', '%M'],
  ['MM', '%m'],
  ['SS', '%S'],
  ['MS', '%g'],
  ['US', '%f'],
  ['DD', '%d'],
  ['YY', '%y'],
  ['AM', '%p'],
  ['PM', '%p'],
  ['IYYY', '%G'],
  ['IW', '%V'],
];

/** @throws SqlError 0A000 for a pattern that strftime lacks, rather than printing it as text */
export function strftimeFormat(template: string): string {
  let result = '';
  for (let at = 0; at < template.length; ) {
    const rest = template.slice(at);
    const literal = /^"([^"]*)"/.exec(rest);
    const found = [...PATTERNS].sort((a, b) => b[0].length - a[0].length).find(([pattern]) => rest.startsWith(pattern));
    if (literal !== null) {
      result += (literal[1] ?? '').replaceAll('%', '%%');
      at += literal[0].length;
    } else if (found !== undefined) {
      result += found[1];
      at += found[0].length;
    } else if (/^[^A-Za-z0-9]/.test(rest)) {
      result += rest[0] === '%' ? '%%' : rest[0];
      at += 1;
    } else {
      throw notSupported(`to_char() with the pattern "${/^[A-Za-z0-9]+/.exec(rest)?.[0]}" on DuckDB`);
    }
  }
  return result;
}
