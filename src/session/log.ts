/** The part of pino's logger that a session uses, so that nothing here depends on pino. */
export type Log = {
  readonly debug: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

/** Every JWT begins so: base64url of `{"`. Some people paste theirs into a statement (security case D23). */
const TOKEN = /eyJ[A-Za-z0-9_-]{4,}(\.[A-Za-z0-9_-]*)*/g;

/** The text of a statement as a log may hold it. */
export function redact(text: string): string {
  return text.replace(TOKEN, '[token]');
}
