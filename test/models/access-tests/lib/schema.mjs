const { raw } = sql;

export function schema(name) {
  return raw(`clinic.${name}`);
}
