/**
 * Client text → closed tree (ast.ts). What has no node there is refused.
 */
import { SqlError, SqlState } from '../errors.ts';
import type { Expr, SourceStatement } from './ast.ts';
import { parseTree } from './libpg.ts';
import type { RawStmt } from './libpg-tree.ts';
import { ParseSource } from './parse-source.ts';
import { parseStatement } from './parse-statement.ts';

/**
 * The statements of a message, in order; none for text that is only space, comments and semicolons.
 * Positions count from the start of `sql`. `loadParser()` (libpg.ts) must have resolved before.
 *
 * @throws SqlError 42601 as PostgreSQL words it; 0A000 for what semwire does not do; 42P02;
 * 54000 and 54001 for length and depth; 22021 for NUL
 */
export function parse(sql: string): SourceStatement[] {
  const tree = parseTree(sql);
  const source = new ParseSource(sql);
  return (tree.stmts ?? []).map((raw) => parseRaw(source, raw));
}

function parseRaw(source: ParseSource, raw: RawStmt): SourceStatement {
  const from = source.indexOf(raw.stmt_location);
  // No length: to the end of the text.
  const to = raw.stmt_len ? source.indexOf((raw.stmt_location ?? 0) + raw.stmt_len) : source.text.length;
  const whole = source.text.slice(from, to);
  const text = whole.trim();
  source.parameterCount = 0;
  const statement = parseStatement(source, raw.stmt);
  return { statement, text, offset: from + whole.indexOf(text), parameterCount: source.parameterCount };
}

const PREFIX = 'SELECT ';

/**
 * One expression, as a model author writes it.
 * @throws SqlError as `parse`, positions relative to `sql`; 42601 when it is more or less than one expression
 */
export function parseExpression(sql: string): Expr {
  const [raw, ...more] = parseExpressionTree(sql).stmts ?? [];
  const source = new ParseSource(PREFIX + sql, PREFIX.length);
  const statement = raw && parseStatement(source, raw.stmt);
  if (statement?.kind !== 'query' || more.length > 0) throw noExpression();
  const { body, orderBy, limit, offset, withTies } = statement.query;
  const bare = orderBy.length === 0 && limit === undefined && offset === undefined && !withTies;
  if (!bare || body.kind !== 'select') throw noExpression();
  const [item, ...others] = body.items;
  const clauses = body.from.length > 0 || body.windows.length > 0 || body.where || body.groupBy || body.having;
  if (item?.kind !== 'expr' || item.alias !== undefined || others.length > 0 || clauses || body.distinct !== false) {
    throw noExpression();
  }
  return item.expr;
}

function parseExpressionTree(sql: string): ReturnType<typeof parseTree> {
  try {
    return parseTree(PREFIX + sql);
  } catch (error) {
    if (!(error instanceof SqlError) || error.position === undefined) throw error;
    throw new SqlError(error.code, error.message, {
      hint: error.hint,
      position: Math.max(0, error.position - PREFIX.length),
    });
  }
}

function noExpression(): SqlError {
  return new SqlError(SqlState.syntaxError, 'one expression expected');
}
