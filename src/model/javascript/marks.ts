/**
 * What stands in a text of a script for something that the model's own syntax says in braces: `${CUBE}`, `${member}`,
 * `${SECURITY_CONTEXT.x.filter('column')}`. Braces that the author writes himself are only text in JavaScript, so the
 * two must not meet before the text is done.
 */
import { randomBytes } from 'node:crypto';

export type Marks = {
  /** @param written as the syntax of YAML models has it, without its braces */
  readonly mint: (written: string) => string;
  /** @returns the text with `braced` for each mark; undefined when one is damaged */
  readonly expand: (
    text: string,
    braced: (written: string) => string,
    plain: (text: string) => string,
  ) => string | undefined;
  /** What the text is, if it is one mark and nothing else. */
  readonly alone: (text: string) => string | undefined;
};

const OPEN = '\uE002';
const CLOSE = '\uE003';
const MARK = /\uE002([0-9a-f]+)x(\d+)\uE003/g;

export function makeMarks(): Marks {
  const nonce = randomBytes(12).toString('hex');
  const written: string[] = [];
  const meaning = (of: string | undefined, index: string | undefined): string | undefined =>
    of === nonce ? written[Number(index)] : undefined;
  return {
    mint: (text) => `${OPEN}${nonce}x${written.push(text) - 1}${CLOSE}`,
    expand: (text, braced, plain) => {
      let result = '';
      let at = 0;
      const rest = (end: number): boolean => {
        const part = text.slice(at, end);
        result += plain(part);
        return !/[\uE002\uE003]/.test(part) && !part.includes(nonce);
      };
      for (const found of text.matchAll(MARK)) {
        const meant = meaning(found[1], found[2]);
        if (meant === undefined || !rest(found.index)) return undefined;
        result += braced(meant);
        at = found.index + found[0].length;
      }
      return rest(text.length) ? result : undefined;
    },
    alone: (text) => {
      const [found] = text.matchAll(MARK);
      return found !== undefined && found[0] === text ? meaning(found[1], found[2]) : undefined;
    },
  };
}
