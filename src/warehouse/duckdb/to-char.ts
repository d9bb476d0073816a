/** to_char(): templates for dates as strftime formats, or formatting of our own. */
import { notSupported } from '../../errors.ts';
import type { BoundOf, Scope } from '../../plan/dialect.ts';
import type { Expr } from '../../sql/ast.ts';
import { formatType } from '../../sql/types.ts';
import { call, castTo, text } from './expressions.ts';
import { numberTemplate } from './number-format.ts';
import { calculation } from './numeric-calculation.ts';
import { type TimeNode, timeTemplate } from './time-format.ts';

/** By keyword, and for words as they are written. */
const FORMATS: { readonly [keyword: string]: string } = {
  YYYY: '%Y',
  YY: '%y',
  IYYY: '%G',
  IW: '%V',
  MM: '%m',
  Mon: '%b',
  Dy: '%a',
  DDD: '%j',
  DD: '%d',
  HH24: '%H',
  HH12: '%I',
  HH: '%I',
  MI: '%M',
  SS: '%S',
  MS: '%g',
  US: '%f',
  AM: '%p',
  PM: '%p',
};
/** Keywords that stand for words: how they are written counts. */
const WORDS = /^(MON|DY|AM|PM)$/;

/** @returns undefined for a template that strftime has no format for */
function strftimeFormat(template: readonly TimeNode[]): string | undefined {
  const formats = template.map((node) => {
    if ('literal' in node) return node.literal.replaceAll('%', '%%');
    if (node.fill || node.suffix !== '') return undefined;
    const name = WORDS.test(node.keyword) ? node.as : node.keyword;
    return Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  });
  return formats.length > 0 && formats.every((format) => format !== undefined) ? formats.join('') : undefined;
}

/**
 * strftime where it has the template, our own formatting where not: that is slower.
 * @throws SqlError 0A000 for patterns of neither, and of a float or interval
 */
export function toChar([value, format]: readonly Expr[], { args }: BoundOf<'apply'>, scope: Scope): Expr {
  const [operand, template] = args;
  if (operand === undefined || template === undefined || value === undefined || format === undefined)
    throw new Error('to_char() without arguments');
  const written = template.kind === 'const' ? (template.value ?? undefined) : undefined;
  const source = operand.type;
  switch (source) {
    case 'timestamp':
    case 'timestamptz': {
      const strftime = written === undefined ? undefined : strftimeFormat(timeTemplate(written));
      if (strftime !== undefined) return call('strftime', value, text(strftime));
      return call('semwire_time_format', castTo(castTo(value, 'TIMESTAMP'), 'VARCHAR'), format);
    }
    case 'int4':
    case 'int8':
    case 'numeric':
      if (written !== undefined) numberTemplate(written);
      return call(
        'semwire_number_format',
        source === 'numeric' ? calculation(operand, scope) : castTo(value, 'VARCHAR'),
        format,
      );
    default:
      throw notSupported(`to_char(${source === 'unknown' ? 'text' : formatType(source)}, text) on DuckDB`);
  }
}
