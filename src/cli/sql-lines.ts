/** Printed SQL with a line for each clause, for people: white space before a keyword is all that changes. */

/** What is kept as it is, quoted or a comment; then white space, words and single characters. */
const TOKEN =
  /[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$[A-Za-z_]*\$).*?\1|--[^\n]*\n?|\s+|[A-Za-z_]\w*|./gs;

const CLAUSES: ReadonlySet<string> = new Set(
  'FROM WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH LEFT RIGHT FULL INNER CROSS JOIN UNION INTERSECT EXCEPT'.split(
    ' ',
  ),
);
const QUERIES: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES']);
/** Before JOIN, these have opened the line already. */
const JOIN_WORDS: ReadonlySet<string> = new Set(['LEFT', 'RIGHT', 'FULL', 'INNER', 'CROSS', 'OUTER', 'NATURAL']);

/**
 * @returns the same tokens in the same order; only white space that stood between two of them, directly inside the
 * parentheses of a query, may have become a line break
 */
export function clausesOnLines(sql: string): string {
  // An author's comment that may hold another one: where it ends differs between warehouses.
  if (sql.includes('/*')) return sql;
  const tokens = sql.match(TOKEN) ?? [];
  /** For each parenthesis that is open, and for the statement, whether a query stands directly inside. */
  const inQuery: boolean[] = [true];
  const lines: string[] = [];
  let previous = '';
  for (const [i, token] of tokens.entries()) {
    const next = tokens[i + 1] ?? '';
    if (token === '(') inQuery.push(QUERIES.has(tokens.slice(i + 1).find(isText) ?? ''));
    if (token === ')' && inQuery.length > 1) inQuery.pop();
    const breaks = /^\s+$/.test(token) && inQuery.at(-1) === true && startsClause(previous, next);
    lines.push(breaks ? `\n${'  '.repeat(inQuery.filter((query) => query).length - 1)}` : token);
    if (isText(token)) previous = token;
  }
  return lines.join('');
}

function isText(token: string): boolean {
  return !/^\s+$/.test(token);
}

function startsClause(previous: string, next: string): boolean {
  if (!CLAUSES.has(next)) return QUERIES.has(next) && ['UNION', 'INTERSECT', 'EXCEPT', 'ALL'].includes(previous);
  // IS DISTINCT FROM, and the JOIN of LEFT JOIN.
  return previous !== 'DISTINCT' && !(next === 'JOIN' && JOIN_WORDS.has(previous));
}
