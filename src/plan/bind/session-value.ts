/** current_user and the like: what the gateway knows of the session and binds when the statement runs. */
import type { Bound } from '../bound/bound.ts';

const NAME = { oid: 19, size: 64 };

export function sessionValue(name: string): Bound {
  return { kind: 'session-value', name, type: 'text', typmod: -1, shown: name === 'version' ? undefined : NAME };
}
