/**
 * Every failure a client may see, by PostgreSQL's condition names
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
export const SqlState = {
  protocolViolation: '08P01',
  featureNotSupported: '0A000',
  dataException: '22000',
  numericValueOutOfRange: '22003',
  divisionByZero: '22012',
  invalidParameterValue: '22023',
  characterNotInRepertoire: '22021',
  invalidTextRepresentation: '22P02',
  invalidBinaryRepresentation: '22P03',
  readOnlySqlTransaction: '25006',
  inFailedSqlTransaction: '25P02',
  invalidSqlStatementName: '26000',
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  invalidSavepoint: '3B001',
  invalidCursorName: '34000',
  invalidCatalogName: '3D000',
  cardinalityViolation: '21000',
  duplicateCursor: '42P03',
  duplicatePreparedStatement: '42P05',
  insufficientPrivilege: '42501',
  syntaxError: '42601',
  invalidColumnReference: '42P10',
  nameTooLong: '42622',
  duplicateAlias: '42712',
  ambiguousColumn: '42702',
  undefinedColumn: '42703',
  undefinedObject: '42704',
  ambiguousFunction: '42725',
  groupingError: '42803',
  datatypeMismatch: '42804',
  cannotCoerce: '42846',
  windowingError: '42P20',
  invalidRecursion: '42P19',
  undefinedFunction: '42883',
  undefinedTable: '42P01',
  undefinedParameter: '42P02',
  ambiguousParameter: '42P08',
  wrongObjectType: '42809',
  invalidSchemaName: '3F000',
  indeterminateDatatype: '42P18',
  tooManyConnections: '53300',
  configurationLimitExceeded: '53400',
  programLimitExceeded: '54000',
  statementTooComplex: '54001',
  objectNotInPrerequisiteState: '55000',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  warehouseUnavailable: '58000',
  configFileError: 'F0000',
  internalError: 'XX000',
} as const;

export type SqlState = (typeof SqlState)[keyof typeof SqlState] | (string & { readonly sqlState?: never });

export type SqlErrorOptions = {
  readonly hint?: string | undefined;
  readonly detail?: string | undefined;
  /** 0-based offset into the client's statement, in UTF-16 code units; sent on the wire in characters, 1-based. */
  readonly position?: number | undefined;
  readonly severity?: 'ERROR' | 'FATAL' | undefined;
  readonly cause?: unknown;
};

/**
 * A fault that the client is told about, word for word.
 * Anything else that is thrown is a bug: the client sees XX000 and a query id, the log sees the rest.
 */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly code: SqlState;
  readonly hint: string | undefined;
  readonly detail: string | undefined;
  readonly position: number | undefined;
  readonly severity: 'ERROR' | 'FATAL';

  constructor(code: SqlState, message: string, options: SqlErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.detail = options.detail;
    this.position = options.position;
    this.severity = options.severity ?? 'ERROR';
  }
}

/** A statement or clause that is valid PostgreSQL and that we refuse (0A000). */
export function notSupported(what: string, options: SqlErrorOptions = {}): SqlError {
  return new SqlError(SqlState.featureNotSupported, `${what} is not supported`, options);
}

/** Proves to the compiler that a closed union was handled whole; at run time it is a bug (XX000). */
export function assertNever(value: never, where: string): never {
  throw new Error(`${where}: unexpected ${JSON.stringify(value)}`);
}
