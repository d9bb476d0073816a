/** A text of SQL in the pieces that PostgreSQL's scanner takes as one, for cutting it without understanding it. */

/** Nothing inside one of these is a word or a parenthesis of the statement. */
const TOKEN =
  /\s+|--[^\n\r]*|(?<comment>\/\*)|(?<escaped>[eE]'(?:[^'\\]|\\.|'')*')|(?<string>(?:[uU]&|[bBxXnN])?'(?:[^']|'')*')|(?:[uU]&)?"(?:[^"]|"")*"|\$(?<tag>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|\$\d+|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<number>(?:\d|\.\d)(?:[eE][+-]?\d|[\w.])*)|\S/suy;

export type Token = {
  /** `string` in whatever quotes of a constant; `other`: quoted names, operators, parentheses, parameters. */
  readonly kind: 'word' | 'string' | 'number' | 'other';
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

/** Without white space and comments. Of a text that no parser takes the pieces may be anything. */
export function* tokens(text: string): Generator<Token> {
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return;
    const { comment, escaped, string, word, number } = match.groups ?? {};
    const [piece] = match;
    const start = at;
    at = TOKEN.lastIndex;
    let kind: Token['kind'] = 'other';
    if (comment !== undefined) at = endOfComment(text, start);
    else if (piece.startsWith('$') && piece.endsWith('$') && piece.length > 1) {
      const close = text.indexOf(piece, at);
      at = close < 0 ? text.length : close + piece.length;
      kind = 'string';
    } else if (escaped !== undefined || string !== undefined) kind = 'string';
    else if (word !== undefined) kind = 'word';
    else if (number !== undefined) kind = 'number';
    const isSpace = piece.trim() === '' || piece.startsWith('--') || comment !== undefined;
    if (!isSpace) yield { kind, text: text.slice(start, at), start, end: at };
  }
}

/** Comments nest. */
function endOfComment(text: string, start: number): number {
  let depth = 0;
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}

/** The statement with `?` for every constant, and without comments: what it asks, and nothing of what it asks for. */
export function maskLiterals(sql: string): string {
  let masked = '';
  let end = 0;
  for (const token of tokens(sql)) {
    if (token.start > end) masked += ' ';
    masked += token.kind === 'string' || token.kind === 'number' ? '?' : token.text;
    end = token.end;
  }
  return masked.trim();
}
