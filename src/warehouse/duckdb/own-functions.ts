/**
 * Functions of our own inside DuckDB, for what PostgreSQL computes and DuckDB cannot. They run on Node's main thread
 * while DuckDB's threads wait, 2,048 values at a time: about a hundred thousand values a second.
 */
import { type DuckDBInstance, DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api';
import { SqlError, SqlState } from '../../errors.ts';
import { parseDateTime } from './datetime-literal.ts';
import { float4Text, float8Text } from './float-text.ts';
import { intervalText } from './interval.ts';
import { intervalDivided, intervalTimes } from './interval-arithmetic.ts';
import { parseInterval } from './interval-literal.ts';
import { formatNumber, numberTemplate } from './number-format.ts';
import { numberText } from './numeric-arithmetic.ts';
import { calculate, roundedText, unscaledText } from './numeric-text.ts';
import { formatTime, timeTemplate } from './time-format.ts';

/** Text in, text out; NULL for NULL. */
type OwnFunction = (...args: string[]) => string | null;

const FUNCTIONS = {
  semwire_numeric: (text: string) => calculate(text),
  semwire_unscaled: (text: string, scale: string) => unscaledText(text, Number(scale)),
  semwire_numeric_of: (text: string) => {
    if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?\s*$/i.test(text))
      throw new SqlError(SqlState.invalidTextRepresentation, 'invalid input syntax for type numeric');
    return numberText(text);
  },
  semwire_float8_text: (text: string) => float8Text(floatOf(text)),
  semwire_float4_text: (text: string) => float4Text(Math.fround(floatOf(text))),
  semwire_interval_text: (text: string) => {
    const { months, days, micros } = parseInterval(text);
    return intervalText(months, days, micros);
  },
  semwire_interval_times: (text: string, factor: string) => intervalTimes(text, factor),
  semwire_interval_divided: (text: string, by: string) => intervalDivided(text, by),
  semwire_number_format: (text: string, template: string) => {
    const wanted = cached(numberTemplate, template);
    return formatNumber(roundedText(text, wanted.behind), wanted);
  },
  semwire_time_format: (text: string, template: string) => {
    const moment = parseDateTime(text, 'timestamp');
    if (moment.kind === 'infinity' || template === '') return null;
    return formatTime(moment.days, moment.micros, cached(timeTemplate, template));
  },
  semwire_initcap: (text: string) =>
    text.toLowerCase().replaceAll(/[\p{L}\p{N}]+/gu, (word) => {
      const [first = '', ...rest] = word;
      const upper = first.toUpperCase();
      return (upper.length === first.length ? upper : first) + rest.join('');
    }),
} satisfies { readonly [name: string]: OwnFunction };

/** DuckDB writes `inf` and `nan`. */
function floatOf(text: string): number {
  return /^-?inf/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}

const templates = new Map<(template: string) => unknown, Map<string, unknown>>();

/** Templates repeat from row to row. */
function cached<T>(read: (template: string) => T, template: string): T {
  const known = templates.get(read) ?? new Map<string, unknown>();
  templates.set(read, known);
  if (known.has(template)) return known.get(template) as T;
  if (known.size > 1000) known.clear();
  const made = read(template);
  known.set(template, made);
  return made;
}

export type OwnFunctionName = keyof typeof FUNCTIONS;
export const OWN_FUNCTION_NAMES = Object.keys(FUNCTIONS) as OwnFunctionName[];

/**
 * A statement that calls one of them must not be streamed: a stream that is closed early waits on this thread for
 * DuckDB's workers, which would wait for this thread.
 */
export function callsOwnFunction(sql: string): boolean {
  return OWN_FUNCTION_NAMES.some((name) => sql.includes(name));
}

/** Makes them known to every connection of the instance. */
export async function registerOwnFunctions(instance: DuckDBInstance): Promise<void> {
  const connection = await instance.connect();
  try {
    for (const [name, compute] of Object.entries<OwnFunction>(FUNCTIONS)) {
      connection.registerScalarFunction(
        DuckDBScalarFunction.create({
          name,
          returnType: VARCHAR,
          parameterTypes: Array.from({ length: compute.length }, () => VARCHAR),
          mainFunction: (_info, input, output) => {
            const columns = Array.from({ length: compute.length }, (_, i) => input.getColumnVector(i));
            for (let row = 0; row < input.rowCount; row++) {
              const args = columns.map((column) => column.getItem(row));
              output.setItem(row, args.includes(null) ? null : computed(compute, args as string[]));
            }
            output.flush();
          },
        }),
      );
    }
  } finally {
    connection.closeSync();
  }
}

/** DuckDB keeps the text of an error alone: failure.ts knows this one again. */
function computed(compute: OwnFunction, args: readonly string[]): string | null {
  try {
    return compute(...args);
  } catch (error) {
    throw error instanceof SqlError ? new Error(`semwire:${error.code}`) : error;
  }
}
