/** to_timestamp(text, template) and to_date(text, template), for the templates that tools send. */
import { notSupported } from '../../errors.ts';
import type { Bound } from '../../plan/bound/bound.ts';
import type { Expr } from '../../sql/ast.ts';
import { call, castTo, choose, raise, text } from './expressions.ts';

const TEMPLATE = /^YYYY-MM-DD(?:( |"T")HH24:MI:SS(?:\.(MS|US))?)?$/i;

/**
 * The timestamp that a text of the template's form is. A text of another form, which PostgreSQL may still read, raises
 * 0A000 as it is met.
 * @throws SqlError 0A000 for other templates, and for one that is no literal
 */
export function timestampFromTemplate(value: Expr, template: Bound | undefined): Expr {
  const written = template?.kind === 'const' ? template.value : undefined;
  const found = TEMPLATE.exec(written ?? '');
  if (found === null)
    throw notSupported('to_timestamp() and to_date() with another template than YYYY-MM-DD HH24:MI:SS, on DuckDB,', {
      hint: 'Cast the text to timestamp.',
    });
  const [, separator, fraction] = found;
  const digits = fraction === undefined ? '' : `(?:\\.\\d{1,${fraction.toUpperCase() === 'MS' ? 3 : 6}})?`;
  const clock = separator === undefined ? '' : `(?:${separator === ' ' ? ' ' : '.'}(\\d{2}:\\d{2}:\\d{2}${digits}))?`;
  const pattern = text(`^(\\d{4}-\\d{2}-\\d{2})${clock}$`);
  const isNull: Expr = { kind: 'is', test: 'null', negated: false, operand: value };
  const plain = call('regexp_replace', value, pattern, text(separator === undefined ? '\\1' : '\\1 \\2'));
  const matches = call('regexp_matches', value, pattern);
  return choose(
    { kind: 'or', operands: [isNull, matches] },
    castTo(call('trim', plain), 'TIMESTAMP'),
    raise('semwire:0A000'),
  );
}
