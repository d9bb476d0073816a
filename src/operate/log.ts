/** Logs as JSON lines: the server's own by pino on stderr, and any other that is lines and nothing else. */
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

export type Lines = {
  /** One line: the time, then the fields; those that are undefined are left out. */
  readonly write: (fields: object) => void;
  /** Opens the file by its name again, for who moves it away at night. */
  readonly reopen: () => void;
};

/** @param target a path, or `-` for stdout @throws Error when it cannot be opened */
export function openLines(target: string): Lines {
  const destination = pino.destination({ dest: target === '-' ? 1 : target, sync: true });
  return {
    write: (fields) => {
      destination.write(`${JSON.stringify({ time: new Date().toISOString(), ...fields })}\n`);
    },
    reopen: () => {
      if (target !== '-') destination.reopen();
    },
  };
}
