/** How text takes room on a terminal, and which characters must not reach one. */

const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** East Asian Wide and Fullwidth (Unicode Standard Annex 11), and emoji. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;

/** Columns that one line takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** Control characters but the line feed, spelled out as psql does: data must not steer the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, (character) => {
    if (character === '\t') return '    ';
    if (character === '\r') return '\\r';
    const code = character.charCodeAt(0).toString(16).toUpperCase();
    return code.length > 2 || character > '\x7f' ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  });
}
