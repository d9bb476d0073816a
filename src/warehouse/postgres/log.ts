/** Where the driver writes what no client may see; pino's loggers fit. */
export type WarehouseLog = {
  readonly error: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
};
