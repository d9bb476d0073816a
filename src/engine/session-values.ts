/** What the server knows of a session without asking the catalog, which says the same: who asks, of what. */
import type { SessionView } from '../session/engine.ts';
import { SETTINGS } from '../session/settings-table.ts';

const [NUMBER = ''] = (SETTINGS.get('server_version')?.initial ?? '').split(' ');
/** As the catalog's own function has it: src/catalog/system.ts. */
const VERSION = `PostgreSQL ${NUMBER} (semwire)`;

/** @param name of the function, or of SQL's word: `version`, `current_user`, `current_catalog` … */
export function sessionValue(name: string, { settings, identity }: SessionView, database: string): string {
  switch (name) {
    case 'session_user':
      return settings.get('session_authorization') ?? identity.user;
    case 'current_user':
    case 'current_role':
    case 'user':
      return identity.user;
    case 'current_database':
    case 'current_catalog':
      return database;
    case 'version':
      return VERSION;
    default:
      throw new Error(`no session value ${name}`);
  }
}
