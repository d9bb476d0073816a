export interface Column {
  readonly sql: string;
}

export function column(name: string): Column {
  return { sql: name } satisfies Column;
}
