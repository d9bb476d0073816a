/**
 * What the role that we sign in as may do beyond reading (security, rule 5.10): said loudly, or refused.
 */
import type { Ask } from './connect.ts';
import type { WarehouseLog } from './log.ts';

const POWERS = `
  select rolsuper, rolbypassrls, rolcreaterole or rolcreatedb or rolreplication as rolcreates,
    exists (select from pg_catalog.pg_class c
      where c.relkind in ('r', 'p', 'v', 'f') and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and pg_catalog.has_table_privilege(c.oid, 'insert, update, delete, truncate')) as writes
  from pg_catalog.pg_roles where rolname = current_user`;

/**
 * Reads the role's rights and warns of those that a semantic layer never needs.
 * @throws Error for a superuser or a role that row-level security does not hold, unless `allowSuperuser`
 */
export async function checkRole(ask: Ask, allowSuperuser: boolean, log: WarehouseLog): Promise<void> {
  const role = await readPowers(ask, log);
  if (role === undefined) return;
  const unbound = role.rolsuper === true || role.rolbypassrls === true;
  if (unbound && !allowSuperuser) {
    throw new Error('the warehouse role is a superuser or has BYPASSRLS; give semwire a role that can only read');
  }
  const powers = [
    role.rolsuper === true ? 'SUPERUSER' : undefined,
    role.rolbypassrls === true ? 'BYPASSRLS' : undefined,
    role.rolcreates === true ? 'CREATEROLE, CREATEDB or REPLICATION' : undefined,
    role.writes === true ? 'write rights on tables' : undefined,
  ].filter((power) => power !== undefined);
  if (powers.length === 0) return;
  log.warn(
    { powers },
    'THE WAREHOUSE ROLE CAN DO MORE THAN READ: give semwire a role of its own with SELECT on the modelled tables alone',
  );
}

/** A server that only speaks like PostgreSQL may not know these catalogs: that is no reason not to serve. */
async function readPowers(ask: Ask, log: WarehouseLog): Promise<Record<string, unknown> | undefined> {
  try {
    return (await ask(POWERS))[0];
  } catch (error) {
    log.warn({ err: error }, 'the rights of the warehouse role could not be read');
    return undefined;
  }
}
