/**
 * Where semwire's catalog does not say what PostgreSQL says, and is not meant to. Each is a reason with what it makes
 * incomparable, so that the rest of the same answer is still compared.
 */
import type { Answer, Rows } from './verdict.ts';

type Difference = {
  readonly reason: string;
  /** The statements that it touches. */
  readonly where?: RegExp;
  /** The answer without it. */
  readonly neutral: (answer: Answer) => Answer;
};

/** Columns that PostgreSQL 17 renamed, and that semwire takes by either name. */
const RENAMED: readonly (readonly [was: RegExp, is: string])[] = [
  [/\bdaticulocale\b/g, 'datlocale'],
  [/\bcolliculocale\b/g, 'colllocale'],
];

/** What the client means, in PostgreSQL 18's words. */
export function withRenamedColumns(sql: string): string {
  return RENAMED.reduce((text, [was, is]) => text.replace(was, is), sql);
}

/** Settings that clients read to know how to talk; of the others the values are another server's. */
const CLIENT_SETTINGS =
  /^(DateStyle|IntervalStyle|TimeZone|application_name|bytea_output|client_encoding|extra_float_digits|search_path|server_encoding|standard_conforming_strings|transaction_isolation)$/;

/** System views that tell of the asking session, out of what the server knows of it. */
const SESSION_VIEWS =
  /^(pg_(cursors|locks|prepared_statements|settings|stat_(activity|ssl|gssapi|replication))|whoami)$/;

const DIFFERENCES: readonly Difference[] = [
  {
    reason: 'another version, and semwire says that it is semwire',
    neutral: cells(/^(PostgreSQL )?18\.\d+\b.*$/, 'version'),
  },
  {
    reason: 'the clock',
    where: /\b(current_timestamp|now\(\))/i,
    neutral: cells(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*/, 'now'),
  },
  { reason: 'one database, no templates', neutral: without((row) => row.some((cell) => /^template[01]$/.test(cell))) },
  {
    reason: 'another locale: PGlite was initialised with other collations',
    where: /pg_database/,
    neutral: columns(
      /^(locale provider|collate|ctype|locale|datlocprovider|datcollate|datctype|datlocale|datcollversion)$/i,
    ),
  },
  {
    reason: 'PGlite has the collations of its own build',
    where: /pg_collation/,
    neutral: without((row) => row.some((cell) => /^pg_catalog\."/.test(cell))),
  },
  {
    reason: 'nobody may create anything in the database, nor functions in a language',
    where: /pg_database|pg_language|pg_depend/,
    neutral: (answer) =>
      columns(/^(datacl|lanacl|acl|access privileges)$/i)(
        without((row) => row.includes('n') && row.includes('language plpgsql'))(answer),
      ),
  },
  {
    reason: 'functions that run SQL given as text, block, or reach files and other sessions are not there or its own',
    where: /FROM\s+pg_catalog\.pg_proc\b/,
    neutral: without((row) => row.includes('pg_catalog')),
  },
  {
    reason: 'object ids in names',
    neutral: cells(/^(\w+)_\d{5}$/, '$1_id'),
  },
  {
    reason: 'object ids and order in JSON that was made without ORDER BY',
    where: /json_agg/,
    neutral: jsonNames,
  },
  {
    reason: 'tables without rows have no TOAST tables and no pages',
    neutral: (answer) =>
      columns(/^(size|hastoasttable)$/i)(
        without((row) => row.some((cell) => /^(toast of |pg_toast|chunk_(id|seq|data)$)/.test(cell)))(answer),
      ),
  },
  {
    reason: 'as many rows as pg_class has, TOAST tables among them',
    where: /FROM pg_attribute AS att, pg_class AS cl WHERE/,
    neutral: distinct,
  },
  {
    reason: 'sizes and statistics of PostgreSQL’s own tables',
    where: /pg_database_size|pg_class c\b/,
    neutral: columns(/^(pg_size_pretty|pg_database_size|relpages|reltuples|relall\w+|relfilenode|relhastriggers)$/),
  },
  {
    reason: 'PGlite is a 32-bit build',
    where: /pg_type/,
    neutral: (answer) =>
      columns(/^typbyval$/)(without((row) => row.includes('internal') || row.includes('pg_ddl_command'))(answer)),
  },
  {
    reason: 'process and transaction numbers',
    neutral: columns(/^(pid|pg_backend_pid|virtualtransaction|transactionid)$/),
  },
  {
    reason: 'another port',
    neutral: columns(/^inet_server_port$/),
  },
  {
    reason: 'extensions that could be installed: none can',
    where: /pg_available_extensions/,
    neutral: (answer) => without((row) => row[columnAt(answer, 'installed_version')] === '')(answer),
  },
  {
    reason: 'settings of a server of another size, build and purpose',
    where: /pg_settings|pg_show_all_settings|^\s*SHOW ALL/i,
    neutral: (answer) =>
      answer.rows.length < 2 ? answer : without(([name = '']) => !CLIENT_SETTINGS.test(name))(answer),
  },
  {
    reason: 'system objects that semwire has of its own are not pinned, so something depends on them',
    where: /FROM pg_catalog\.pg_depend dep\b/,
    neutral: without((row) => row.includes('pg_catalog')),
  },
  {
    reason: 'views of keys that tell their owner alone in PostgreSQL tell every reader',
    where: /pg_get_viewdef|pg_rewrite/,
    neutral: without((row) => row.some((cell) => /^constraint_(column|table)_usage$/.test(cell))),
  },
  {
    reason: 'system views that tell of the asking session are its own',
    where: /pg_get_viewdef|pg_depend|\bc\.\*/,
    neutral: without((row) => row.some((cell) => SESSION_VIEWS.test(cell))),
  },
];

/** A table of the session's own (contract, section 5): no question to the catalog, whatever it reads. */
export function makesTable(sql: string): boolean {
  return /\b(INTO|CREATE)\s+TEMP(ORARY)?\b/i.test(sql);
}

/** An answer of PostgreSQL's and one of semwire's to the same statement. */
export type Pair = { readonly expected: Answer; readonly answer: Answer };

/**
 * @returns the reasons that together explain what differs, as few as do; undefined when all of them do not
 */
export function reasonsOf(
  sql: string,
  pairs: readonly Pair[],
  same: (a: Rows, b: Rows) => boolean,
): readonly string[] | undefined {
  const explained = (differences: readonly Difference[]): boolean =>
    pairs.every(({ expected, answer }) => same(neutral(differences, expected).rows, neutral(differences, answer).rows));
  let needed = touching(sql);
  if (!explained(needed)) return undefined;
  for (const one of needed) {
    const others = needed.filter((other) => other !== one);
    if (explained(others)) needed = others;
  }
  return needed.map(({ reason }) => reason);
}

/** What is left to compare. */
export function withoutKnownDifferences(sql: string, answer: Answer): Answer {
  return neutral(touching(sql), answer);
}

function touching(sql: string): readonly Difference[] {
  return DIFFERENCES.filter(({ where }) => where === undefined || where.test(sql));
}

function neutral(differences: readonly Difference[], answer: Answer): Answer {
  return differences.reduce((left, difference) => difference.neutral(left), answer);
}

function cells(pattern: RegExp, replacement: string): (answer: Answer) => Answer {
  return (answer) => ({
    ...answer,
    rows: answer.rows.map((row) => row.map((cell) => cell?.replace(pattern, replacement) ?? null)),
  });
}

/** NULL is '' to `left`. */
function without(left: (row: readonly string[]) => boolean): (answer: Answer) => Answer {
  return (answer) => ({ ...answer, rows: answer.rows.filter((row) => !left(row.map((cell) => cell ?? ''))) });
}

function columns(names: RegExp): (answer: Answer) => Answer {
  return (answer) => ({
    ...answer,
    rows: answer.rows.map((row) => row.map((cell, i) => (names.test(answer.columns[i]?.name ?? '') ? null : cell))),
  });
}

function distinct(answer: Answer): Answer {
  const rows = new Map(answer.rows.map((row) => [JSON.stringify(row), row]));
  return { ...answer, rows: [...rows.values()] };
}

function columnAt({ columns: all }: Answer, name: string): number {
  return all.findIndex((column) => column.name === name);
}

const TELLING =
  /(name|kind|contype|typtype|data_type|notnull|num|key|primary|unique|description)$|^(classes|attributes|constraints|indexes|roles|types|enums|namespaces|descriptions|database)$/;

/** What the JSON says of tables by name, in no order. */
function jsonNames(answer: Answer): Answer {
  const rows = answer.rows.map((row) =>
    row.map((cell) => (cell !== null && /^[[{]"?/.test(cell) ? namesIn(cell) : cell)),
  );
  return { ...answer, rows };
}

function namesIn(text: string): string {
  try {
    return JSON.stringify(told(JSON.parse(text)));
  } catch {
    // An array of PostgreSQL's begins like an object.
    return text;
  }
}

function told(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .map(told)
      .map((one) => JSON.stringify(one))
      .sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => TELLING.test(key))
      .map(([key, one]): [string, unknown] => [key, told(one)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
