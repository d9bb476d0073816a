/**
 * IsReservedName (src/backend/catalog/catalog.c): names of PostgreSQL's own roles, as none of which anybody signs in. The
 * catalog could show no user of such a name.
 */
export function isReservedRole(name: string): boolean {
  return name.startsWith('pg_');
}
