/** COPY (query) TO STDOUT. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY */
import { SqlError, SqlState } from '../errors.ts';
import type { CopyOptions, SourceStatement } from '../sql/ast.ts';
import type { RowSink } from '../warehouse/warehouse.ts';
import { MessageWriter } from '../wire/bytes.ts';
import { encodeMessage } from '../wire/encode.ts';
import type { SessionContext } from './context.ts';
import { type CopyEncoder, copyEncoder } from './copy-format.ts';
import type { ResultColumn } from './engine.ts';
import { eachFrame, FRAME_HEADER, fieldsAt } from './frames.ts';
import { openQuery, planQuery } from './query.ts';

/**
 * Plans the query, runs it, and sends all of it.
 * @param inner the query, without the COPY around it
 * @returns the number of rows
 */
export async function copyOut(context: SessionContext, inner: SourceStatement, options: CopyOptions): Promise<number> {
  const { connection } = context;
  const prepared = await planQuery(context, inner, []);
  const { columns } = prepared;
  checkForceQuote(options, columns);
  const format = options.format === 'binary' ? 1 : 0;
  const { cursor } = await openQuery(
    context,
    prepared,
    [],
    columns.map(() => format),
    'all',
  );
  try {
    const encoder = copyEncoder(
      options,
      columns.map((column) => column.name),
    );
    connection.send({ type: 'copy-out-response', format, columnCount: columns.length });
    for (const data of encoder.start) connection.send({ type: 'copy-data', data });
    const { rows } = await cursor.fetch(0, copySink(encoder, context));
    for (const data of encoder.end()) connection.send({ type: 'copy-data', data });
    connection.send({ type: 'copy-done' });
    return rows;
  } finally {
    await cursor.close();
  }
}

/** DataRow frames in, one CopyData for each out. */
function copySink(encoder: CopyEncoder, context: SessionContext): RowSink {
  return {
    write: (frames, rows) => {
      const writer = new MessageWriter();
      eachFrame(frames, (start) => {
        encodeMessage(writer, { type: 'copy-data', data: encoder.row(fieldsAt(frames, start + FRAME_HEADER)) });
      });
      return context.sink.write(writer.take(), rows);
    },
  };
}

function checkForceQuote(options: CopyOptions, columns: readonly ResultColumn[]): void {
  if (options.forceQuote === undefined || options.forceQuote === 'all') return;
  for (const name of options.forceQuote) {
    if (columns.some((column) => column.name === name)) continue;
    throw new SqlError(SqlState.undefinedColumn, `column "${name}" does not exist`);
  }
}
