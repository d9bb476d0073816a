/**
 * What current_setting() and pg_settings say: an instance's own settings, over which stand those of the asking session
 * that no instance takes over. Those that work in an instance (TimeZone, search_path …) are replayed instead: settings.ts.
 */
import { CURRENT_SETTING, FACT_PREFIX, fact, factFunction } from './system-facts.ts';

/** The session fact that holds them, as a JSON object by lower-case name, values as SHOW prints them. */
export const SETTINGS_FACT = `${FACT_PREFIX}.settings`;
/** What clients' current_setting() runs as: no superuser, so it reads what a client may read, and the original. */
const READER_ROLE = 'pg_semwire_reader';

const OWN = 'pg_catalog.semwire_own_settings()';

/** Statements of the preparation, once the original current_setting() goes by its other name. */
export function settingsStatements(): readonly string[] {
  return [
    factFunction('semwire_own_settings()', 'json', `${fact('settings')}::pg_catalog.json`),
    'CREATE ROLE semwire_reader',
    // The prefix is reserved: such a role is nobody's to see in psql's \\du.
    `UPDATE pg_catalog.pg_authid SET rolname = '${READER_ROLE}' WHERE rolname = 'semwire_reader'`,
    `GRANT EXECUTE ON FUNCTION ${CURRENT_SETTING}(text, boolean) TO ${READER_ROLE}`,
    ...currentSetting('text', 'false'),
    ...currentSetting('text, boolean', '$2'),
    "COMMENT ON FUNCTION pg_catalog.current_setting(text) IS 'SHOW X as a function'",
    `COMMENT ON FUNCTION pg_catalog.current_setting(text, boolean)
     IS 'SHOW X as a function, optionally no error for missing variable'`,
    'REVOKE ALL ON pg_catalog.pg_settings FROM PUBLIC',
    'GRANT SELECT ON pg_catalog.pg_settings TO PUBLIC',
    'DROP RULE pg_settings_u ON pg_catalog.pg_settings',
    'DROP RULE pg_settings_n ON pg_catalog.pg_settings',
    SETTINGS_VIEW,
  ];
}

/** What holds session facts is no setting to a client: it answers as one that does not exist. */
function currentSetting(parameters: string, missingOk: string): readonly string[] {
  const signature = `pg_catalog.current_setting(${parameters})`;
  return [
    `CREATE FUNCTION ${signature} RETURNS text LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED SECURITY DEFINER
     AS $function$
  BEGIN
    IF pg_catalog.starts_with(pg_catalog.lower($1), '${FACT_PREFIX}.') THEN
      IF ${missingOk} THEN RETURN NULL; END IF;
      RAISE EXCEPTION USING ERRCODE = '42704',
        MESSAGE = pg_catalog.concat('unrecognized configuration parameter "', $1, '"');
    END IF;
    RETURN coalesce(${fact('settings')}::pg_catalog.json OPERATOR(pg_catalog.->>) pg_catalog.lower($1),
      ${CURRENT_SETTING}($1, ${missingOk}));
  END $function$`,
    `ALTER FUNCTION ${signature} OWNER TO ${READER_ROLE}`,
  ];
}

/** A value as SHOW prints it, in the unit of its setting: 4MB of kB are 4096. */
const IN_UNIT = `CASE
      WHEN a.unit IS NULL OR o.value ~ '^-?[0-9.]*$' THEN o.value
      WHEN a.unit IN ('ms', 's', 'min') THEN (extract(epoch FROM o.value::pg_catalog.interval) * 1000
        / CASE a.unit WHEN 'ms' THEN 1 WHEN 's' THEN 1000 ELSE 60000 END)::pg_catalog.int8::pg_catalog.text
      ELSE (pg_catalog.pg_size_bytes(o.value)
        / pg_catalog.pg_size_bytes(CASE WHEN a.unit ~ '^[0-9]' THEN a.unit ELSE '1' || a.unit END))::pg_catalog.text
    END`;

/** How an instance is configured is nobody's choice; what the session or the operator chose is told to the instance. */
const SOURCE = `CASE
      WHEN a.context = 'internal' OR s.setting IS NOT DISTINCT FROM a.boot_val THEN 'default'
      WHEN a.source = 'default' AND s.setting IS NOT DISTINCT FROM a.setting THEN 'default'
      WHEN o.value IS NOT NULL AND a.context IN ('postmaster', 'sighup') THEN 'configuration file'
      WHEN o.value IS NOT NULL OR a.source = 'session' THEN 'session'
      ELSE 'default'
    END`;

/**
 * semwire's own settings are placeholders to PostgreSQL, which its function leaves out. PL/pgSQL's come once an instance
 * has called a function in it, and have no effect for a client.
 */
const SETTINGS_VIEW = `CREATE OR REPLACE VIEW pg_catalog.pg_settings AS
  SELECT a.name, s.setting, a.unit, a.category,
    a.short_desc, a.extra_desc, a.context, a.vartype, ${SOURCE} AS source, a.min_val, a.max_val, a.enumvals, a.boot_val,
    a.reset_val, a.sourcefile, a.sourceline, a.pending_restart
  FROM pg_catalog.pg_show_all_settings() a
    LEFT JOIN pg_catalog.json_each_text(${OWN}) o ON o.key = pg_catalog.lower(a.name)
    CROSS JOIN LATERAL (SELECT CASE WHEN o.value IS NULL THEN a.setting ELSE ${IN_UNIT} END) s (setting)
  WHERE NOT pg_catalog.starts_with(a.name, 'plpgsql.')
  UNION ALL
  SELECT o.key, o.value, NULL, 'Customized Options', NULL, NULL, 'user', 'string', 'session', NULL, NULL, NULL,
    CASE o.key WHEN 'semwire.measure_aggregates' THEN 'strict' END, NULL, NULL, NULL, false
  FROM pg_catalog.json_each_text(${OWN}) o WHERE o.key LIKE 'semwire.%'`;
