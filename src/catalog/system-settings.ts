/**
 * What current_setting() and pg_settings say: an instance's own settings, over which stand those of the asking session
 * that no instance takes over. Those that work in an instance (TimeZone, search_path …) are replayed instead: settings.ts.
 */
import { FACT_PREFIX } from './system-sessions.ts';

/** The session fact that holds them, as a JSON object by lower-case name, values as SHOW prints them. */
export const SETTINGS_FACT = `${FACT_PREFIX}.settings`;
/** The original current_setting(). */
export const CURRENT_SETTING = 'pg_catalog.semwire_current_setting';

const OWN = `nullif(${CURRENT_SETTING}('${SETTINGS_FACT}', true), '')::pg_catalog.json`;

/** Statements of the preparation. */
export function settingsStatements(): readonly string[] {
  const original = CURRENT_SETTING.replace('pg_catalog.', '');
  const define = (parameters: string, otherwise: string) =>
    `CREATE FUNCTION pg_catalog.current_setting(${parameters}) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
     AS $function$ SELECT coalesce(${OWN} ->> pg_catalog.lower($1), ${otherwise}) $function$`;
  return [
    `ALTER FUNCTION pg_catalog.current_setting(text) RENAME TO ${original}`,
    `ALTER FUNCTION pg_catalog.current_setting(text, boolean) RENAME TO ${original}`,
    define('text', `${CURRENT_SETTING}($1)`),
    define('text, boolean', `${CURRENT_SETTING}($1, $2)`),
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

/** A value as SHOW prints it, in the unit of its setting: 4MB of kB are 4096. */
const IN_UNIT = `CASE
      WHEN a.unit IS NULL OR o.value ~ '^-?[0-9.]*$' THEN o.value
      WHEN a.unit IN ('ms', 's', 'min') THEN (extract(epoch FROM o.value::pg_catalog.interval) * 1000
        / CASE a.unit WHEN 'ms' THEN 1 WHEN 's' THEN 1000 ELSE 60000 END)::pg_catalog.int8::pg_catalog.text
      ELSE (pg_catalog.pg_size_bytes(o.value)
        / pg_catalog.pg_size_bytes(CASE WHEN a.unit ~ '^[0-9]' THEN a.unit ELSE '1' || a.unit END))::pg_catalog.text
    END`;

/** semwire's own settings are placeholders to PostgreSQL, which its function leaves out. */
const SETTINGS_VIEW = `CREATE OR REPLACE VIEW pg_catalog.pg_settings AS
  SELECT a.name, CASE WHEN o.value IS NULL THEN a.setting ELSE ${IN_UNIT} END AS setting, a.unit, a.category,
    a.short_desc, a.extra_desc, a.context, a.vartype, a.source, a.min_val, a.max_val, a.enumvals, a.boot_val,
    a.reset_val, a.sourcefile, a.sourceline, a.pending_restart
  FROM pg_catalog.pg_show_all_settings() a
    LEFT JOIN pg_catalog.json_each_text(${OWN}) o ON o.key = pg_catalog.lower(a.name)
  UNION ALL
  SELECT o.key, o.value, NULL, 'Customized Options', NULL, NULL, 'user', 'string', 'session', NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, false
  FROM pg_catalog.json_each_text(${OWN}) o WHERE o.key LIKE 'semwire.%'`;
