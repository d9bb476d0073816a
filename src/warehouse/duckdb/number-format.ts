/**
 * to_char(number, template) as formatting.c of PostgreSQL does it (NUMDesc_prepare, NUM_processor), in the C locale.
 * https://www.postgresql.org/docs/current/functions-formatting.html
 */
import { notSupported } from '../../errors.ts';

type Node = { readonly kind: 'digit' | 'zero' | 'point' | 'comma' | 'sign' | 'minus' | 'plus' | 'signs' } | Literal;
type Literal = { readonly kind: 'literal'; readonly text: string };

type Template = {
  readonly nodes: readonly Node[];
  /** Positions before and behind the point. */
  readonly before: number;
  readonly behind: number;
  readonly fill: boolean;
  readonly bracket: boolean;
  readonly hasPoint: boolean;
  /** Where zeros begin, counted from the first position; undefined when there is none. */
  readonly zeroFrom: number | undefined;
  readonly zeroTo: number;
  /** Where S stands. */
  readonly sign: 'none' | 'before' | 'behind';
  readonly minus: boolean;
  readonly plus: boolean;
};

const KEYWORDS = /^(fm|mi|pl|sg|pr|rn|th|sp|eeee|[90.,bcdglsv])/i;

/** @throws SqlError 0A000 for RN, TH, EEEE, V, C, L and B */
export function numberTemplate(text: string): Template {
  const nodes: Node[] = [];
  const state = { before: 0, behind: 0, fill: false, bracket: false, hasPoint: false, minus: false, plus: false };
  let zeroFrom: number | undefined;
  let zeroTo = 0;
  let sign: Template['sign'] = 'none';
  let signAt = 0;
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const quoted = /^"((?:[^"\\]|\\.)*)"?/s.exec(rest);
    const word = quoted === null ? KEYWORDS.exec(rest)?.[0] : undefined;
    at += quoted?.[0].length ?? word?.length ?? 1;
    if (word === undefined) {
      nodes.push({
        kind: 'literal',
        text: quoted === null ? (rest[0] ?? '') : (quoted[1] ?? '').replaceAll(/\\(.)/g, '$1'),
      });
      continue;
    }
    switch (word.toUpperCase()) {
      case '9':
      case '0':
        if (word === '0' && zeroFrom === undefined && !state.hasPoint) zeroFrom = state.before;
        if (state.hasPoint) state.behind += 1;
        else state.before += 1;
        if (word === '0') zeroTo = state.before + state.behind;
        nodes.push({ kind: word === '0' ? 'zero' : 'digit' });
        break;
      case '.':
      case 'D':
        state.hasPoint = true;
        nodes.push({ kind: 'point' });
        break;
      case ',':
      case 'G':
        nodes.push({ kind: 'comma' });
        break;
      case 'FM':
        state.fill = true;
        break;
      case 'PR':
        state.bracket = true;
        break;
      case 'S':
        if (!state.hasPoint) {
          sign = 'before';
          signAt = state.before;
        } else if (sign === 'none') sign = 'behind';
        nodes.push({ kind: 'sign' });
        break;
      case 'MI':
        state.minus = true;
        nodes.push({ kind: 'minus' });
        break;
      case 'PL':
        state.plus = true;
        nodes.push({ kind: 'plus' });
        break;
      case 'SG':
        state.minus = true;
        state.plus = true;
        nodes.push({ kind: 'signs' });
        break;
      default:
        throw notSupported(`to_char() of a number with the pattern "${word}" on DuckDB`);
    }
  }
  if (sign === 'before' && signAt === state.before) sign = 'behind';
  return { ...state, nodes, zeroFrom, zeroTo, sign };
}

/** @param value a number's text, without exponent, rounded to the template's digits behind the point */
export function formatNumber(value: string, template: Template): string {
  const { before, behind, fill, hasPoint, zeroFrom } = template;
  const negative = value.startsWith('-');
  const plain = negative ? value.slice(1) : value;
  const whole = plain.split('.')[0] ?? '';
  const number = whole.length > before ? `${'#'.repeat(before)}.${'#'.repeat(behind)}` : plain;
  const spaces = Math.max(before - whole.length, 0);
  const last = fill && hasPoint ? lastRelevant(number, template, spaces) : undefined;
  const pointIsLast = last !== undefined && number[last] === '.';
  const usesSign = template.minus || template.plus;
  let signWritten = usesSign
    ? template.minus || !template.plus
    : !negative && fill && template.sign === 'none' && !template.bracket;
  const count = before + behind - 1 + (!signWritten && spaces === 0 ? 1 : 0);
  let out = '';
  let at = 0;
  let position = 0;
  let digitWritten = false;

  const leadingZero = (): boolean => zeroFrom === undefined && at === 0 && number[0] === '0' && behind !== 0;
  const writeSign = (): void => {
    const begins = position >= spaces || zeroFrom === position;
    if (signWritten || !begins || (leadingZero() && !pointIsLast)) return;
    if (template.sign === 'before') out += negative ? '-' : '+';
    else if (template.sign === 'none' && template.bracket) out += negative ? '<' : fill ? '' : ' ';
    else if (template.sign === 'none') out += negative ? '-' : fill ? '' : ' ';
    signWritten = true;
  };
  const writePosition = (isZero: boolean): void => {
    writeSign();
    if (position < spaces && (zeroFrom === undefined || zeroFrom > position)) out += fill ? '' : ' ';
    else if (position < spaces) {
      out += '0';
      digitWritten = true;
    } else {
      const letter = number[at];
      if (letter === '.') out += '.';
      else if (last !== undefined && at > last && !isZero) out += '';
      else if (leadingZero()) out += fill ? (pointIsLast ? '0' : '') : ' ';
      else if (letter !== undefined) {
        out += letter;
        digitWritten = true;
      }
      if (at < number.length) at += 1;
    }
    const end = last !== undefined && last === at ? position : count + (spaces > 0 ? 1 : 0) + (hasPoint ? 1 : 0);
    if (position + 1 === end) {
      if (signWritten && template.bracket) out += negative ? '>' : fill ? '' : ' ';
      else if (template.sign === 'behind') out += negative ? '-' : '+';
    }
    position += 1;
  };

  for (const node of template.nodes) {
    switch (node.kind) {
      case 'digit':
      case 'zero':
      case 'point':
        writePosition(node.kind === 'zero');
        break;
      case 'comma':
        out += digitWritten ? ',' : fill ? '' : ' ';
        break;
      case 'sign':
        break;
      case 'minus':
        out += negative ? '-' : fill ? '' : ' ';
        break;
      case 'plus':
        out += negative ? (fill ? '' : ' ') : '+';
        break;
      case 'signs':
        out += negative ? '-' : '+';
        break;
      case 'literal':
        out += node.text;
        break;
    }
  }
  return out;
}

/** With FM zeros at the end are not shown, unless the template says 0 there. */
function lastRelevant(number: string, { zeroTo }: Template, spaces: number): number | undefined {
  const point = number.indexOf('.');
  if (point < 0) return undefined;
  let last = point;
  for (let i = point + 1; i < number.length; i++) if (number[i] !== '0') last = i;
  return zeroTo > spaces ? Math.max(last, Math.min(number.length - 1, zeroTo - spaces)) : last;
}
