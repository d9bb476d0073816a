/** What semwire does not do: writes as on a read-only server, the rest by name. */
import { notSupported, SqlError, SqlState } from '../errors.ts';

/** @param tag the command as PostgreSQL tags it @returns 25006 for what writes, 0A000 for the rest */
export function refused(tag: string, writes: boolean): SqlError {
  if (writes) return new SqlError(SqlState.readOnlySqlTransaction, `cannot execute ${tag} in a read-only transaction`);
  const hint = tag.includes('TEMPORARY TABLE') ? 'Use a subquery or a WITH query.' : undefined;
  return notSupported(tag, { hint });
}
