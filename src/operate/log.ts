/** The server's log: JSON lines by pino on stderr, readable ones on a terminal's behalf are left to the reader. */
import pino, { type Logger } from 'pino';

/** @param level one of pino's, or `silent` */
export function createLog(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      // Nothing logs these on purpose; should something log a whole object, they stay out of it (case D22).
      redact: { paths: ['password', 'token', '*.password', '*.token', 'context', '*.context'], censor: '[hidden]' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
