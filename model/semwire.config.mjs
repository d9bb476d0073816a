// Settings of the demo: its data is made in an embedded DuckDB at every start.
// With SEMWIRE_WAREHOUSE_URL=postgres://… the data is PostgreSQL's own (load seed/demo.sql there once).
import { fileURLToPath } from 'node:url';

export const warehouseInit = fileURLToPath(new URL('seed/demo.sql', import.meta.url));
