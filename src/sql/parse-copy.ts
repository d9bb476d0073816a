/** COPY … TO STDOUT; every other COPY reads or writes something of the server's and is refused. */
import { SqlError, SqlState } from '../errors.ts';
import type { CopyOptions, Query, SelectItem, Statement } from './ast.ts';
import { type NodeOf, names, nodeOf, reader, tagged } from './libpg-tree.ts';
import { parseTable } from './parse-from.ts';
import { type Option, optionWord, parseOptions } from './parse-option.ts';
import { parseQuery } from './parse-query.ts';
import type { ParseSource } from './parse-source.ts';
import { selectQuery } from './select.ts';

const fields = reader('CopyStmt')(
  'relation',
  'query',
  'attlist',
  'is_from',
  'is_program',
  'filename',
  'options',
  'whereClause',
);

export function parseCopy(source: ParseSource, node: NodeOf<'CopyStmt'>): Statement {
  const copy = fields(source, node);
  if (copy.is_from) return { kind: 'refused', tag: 'COPY FROM', writes: true };
  if (copy.filename !== undefined || copy.is_program) return { kind: 'refused', tag: 'COPY', writes: false };
  if (copy.query !== undefined && tagged(copy.query)?.kind !== 'SelectStmt') {
    return { kind: 'refused', tag: 'COPY', writes: true };
  }
  const query = copy.query === undefined ? tableQuery(source, copy) : parseQuery(source, copy.query);
  return { kind: 'copy-out', query, options: parseCopyOptions(source, parseOptions(source, copy.options)) };
}

/** `COPY t (a, b) TO STDOUT` is `COPY (SELECT a, b FROM t) TO STDOUT`. */
function tableQuery(source: ParseSource, copy: ReturnType<typeof fields>): Query {
  if (copy.relation === undefined) throw source.refuse('COPY of nothing', undefined);
  const table = parseTable(source, copy.relation);
  const columns = names(source, copy.attlist);
  const items: SelectItem[] =
    columns.length === 0
      ? [{ kind: 'star', path: [] }]
      : columns.map((name) => ({ kind: 'expr', expr: { kind: 'column', path: [name] }, alias: undefined }));
  return selectQuery({ items, from: [table] });
}

/** @throws SqlError 42601, 22023 and 0A000 as PostgreSQL's ProcessCopyOptions */
function parseCopyOptions(source: ParseSource, list: readonly Option[]): CopyOptions {
  const given = new Map<string, Option>();
  for (const option of list) {
    if (!COPY_OPTIONS.has(option.name)) {
      throw new SqlError(SqlState.syntaxError, `option "${option.name}" not recognized`, { position: option.at });
    }
    if (given.has(option.name)) {
      throw new SqlError(SqlState.syntaxError, 'conflicting or redundant options', { position: option.at });
    }
    given.set(option.name, option);
  }
  checkEncoding(source, given.get('encoding'));
  const format = parseFormat(source, given.get('format'));
  const options: CopyOptions = {
    format,
    header: parseHeader(source, given.get('header')),
    delimiter: word(source, given.get('delimiter')),
    null: word(source, given.get('null')),
    quote: word(source, given.get('quote')),
    escape: word(source, given.get('escape')),
    forceQuote: parseForceQuote(source, given.get('force_quote')),
  };
  checkCombination(options);
  return options;
}

const COPY_OPTIONS: ReadonlySet<string> = new Set([
  'format',
  'header',
  'delimiter',
  'null',
  'quote',
  'escape',
  'force_quote',
  'encoding',
]);

function word(source: ParseSource, option: Option | undefined): string | undefined {
  return option && optionWord(source, option);
}

function parseFormat(source: ParseSource, option: Option | undefined): CopyOptions['format'] {
  const format = word(source, option) ?? 'text';
  if (format === 'text' || format === 'csv' || format === 'binary') return format;
  throw new SqlError(SqlState.invalidParameterValue, `COPY format "${format}" not recognized`, {
    position: option?.at,
  });
}

function parseHeader(source: ParseSource, option: Option | undefined): boolean {
  if (option === undefined) return false;
  const value = optionWord(source, option) ?? 'true';
  if (/^(true|on|1)$/i.test(value)) return true;
  if (/^(false|off|0)$/i.test(value)) return false;
  if (/^match$/i.test(value)) {
    throw new SqlError(SqlState.featureNotSupported, 'cannot use "match" with HEADER in COPY TO');
  }
  throw new SqlError(SqlState.syntaxError, 'header requires a Boolean value or "match"');
}

function parseForceQuote(source: ParseSource, option: Option | undefined): readonly string[] | 'all' | undefined {
  const arg = tagged(option?.arg);
  if (option === undefined) return undefined;
  return arg?.kind === 'A_Star' ? 'all' : names(source, nodeOf(source, 'List', option.arg).items);
}

/** All text here is UTF-8 (security case A103). */
function checkEncoding(source: ParseSource, option: Option | undefined): void {
  const encoding = word(source, option);
  if (encoding !== undefined && !/^(utf-?8|unicode)$/i.test(encoding)) {
    throw new SqlError(SqlState.invalidParameterValue, 'argument to option "encoding" must be UTF8', {
      position: option?.at,
    });
  }
}

function checkCombination(options: CopyOptions): void {
  const { format, delimiter, quote } = options;
  if (format === 'binary') {
    if (delimiter !== undefined) throw new SqlError(SqlState.syntaxError, 'cannot specify DELIMITER in BINARY mode');
    if (options.null !== undefined) throw new SqlError(SqlState.syntaxError, 'cannot specify NULL in BINARY mode');
    if (options.header) throw new SqlError(SqlState.featureNotSupported, 'cannot specify HEADER in BINARY mode');
  }
  if (delimiter !== undefined && !isOneByte(delimiter)) {
    throw new SqlError(SqlState.featureNotSupported, 'COPY delimiter must be a single one-byte character');
  }
  for (const [name, value] of [
    ['QUOTE', quote],
    ['ESCAPE', options.escape],
    ['FORCE_QUOTE', options.forceQuote],
  ] as const) {
    if (value === undefined) continue;
    if (format !== 'csv') throw new SqlError(SqlState.featureNotSupported, `COPY ${name} requires CSV mode`);
    if (typeof value === 'string' && value !== 'all' && !isOneByte(value)) {
      throw new SqlError(
        SqlState.featureNotSupported,
        `COPY ${name.toLowerCase()} must be a single one-byte character`,
      );
    }
  }
  if (format === 'csv' && (delimiter ?? ',') === (quote ?? '"')) {
    throw new SqlError(SqlState.invalidParameterValue, 'COPY delimiter and quote must be different');
  }
}

function isOneByte(text: string): boolean {
  return text.length === 1 && text.charCodeAt(0) < 0x80;
}
