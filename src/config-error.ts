/** A configuration that cannot be used; commands print the text and exit with code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly exitCode = 2;
}
