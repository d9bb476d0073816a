/**
 * Names in the catalog of other versions of PostgreSQL (8.4 to 17), and of the extensions that tools look for, which
 * PostgreSQL 18 by itself does not have: a statement that says one was written for such a server.
 * https://www.postgresql.org/docs/release/
 */
const NAMES: ReadonlySet<string> = new Set([
  // Columns of pg_attrdef, pg_constraint, pg_class, pg_attribute, pg_proc, pg_am
  ...['adsrc', 'consrc', 'relhasoids', 'relhaspkey', 'reltoastidxid', 'attcacheoff', 'proisagg', 'proiswindow'],
  ...['protransform', 'amcanorder', 'amcanunique', 'amcanmulticol', 'amstrategies', 'amsupport'],
  // of pg_database, pg_collation, pg_tablespace, pg_authid
  ...['datlastsysoid', 'datconfig', 'daticulocale', 'colliculocale', 'spclocation', 'rolcatupdate', 'usecatupd'],
  // of the statistics
  ...['procpid', 'waiting', 'checkpoints_timed', 'checkpoints_req', 'buffers_checkpoint'],
  ...['buffers_backend', 'buffers_backend_fsync', 'op_bytes', 'max_dead_tuples', 'num_dead_tuples'],
  ...['wal_write', 'wal_sync', 'wal_write_time', 'wal_sync_time'],
  // Relations
  ...['pg_pltemplate', 'pg_stat_statements', 'pg_stat_statements_info', 'pg_buffercache', 'pg_stat_kcache'],
  ...['pg_qualstats', 'pg_wait_sampling_profile', 'pg_freespacemap', 'pg_autovacuum', 'pg_listener'],
  // Functions
  ...['pg_current_xlog_location', 'pg_current_xlog_insert_location', 'pg_xlogfile_name', 'pg_xlog_location_diff'],
  ...['pg_last_xlog_receive_location', 'pg_last_xlog_replay_location', 'pg_is_xlog_replay_paused'],
  ...['pg_start_backup', 'pg_stop_backup', 'pg_is_in_backup', 'pg_backup_start_time', 'pg_stat_get_backend_waiting'],
  ...['pg_stat_statements_reset', 'pgstattuple'],
]);

/** @param name lower case, without schema */
export function isOfOtherPostgres(name: string): boolean {
  return NAMES.has(name);
}
