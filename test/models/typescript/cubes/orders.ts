import { column, type Column } from '../lib/columns.ts';

declare function cube(name: string, definition: object): void;

const id: Column = column('id');

cube('orders', {
  sql_table: 'orders' as const,
  dimensions: {
    id: { sql: id.sql, type: 'number', primary_key: true, public: true },
    year: { sql: column('year')!.sql, type: 'number' },
  },
  measures: { count: { type: `count` } },
  access_policy: [{ group: 'sales' }],
});
