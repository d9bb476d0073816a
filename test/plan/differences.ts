/** Statements that semwire answers otherwise than PostgreSQL, each for a reason. */
export const DIFFERENCES: ReadonlyMap<string, string> = new Map();
export function isKnownFailure(_sql: string): boolean {
  return false;
}
