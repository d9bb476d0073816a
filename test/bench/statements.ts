/**
 * The statements that are measured: what a client would write against the tables, and the same against the model.
 */

export type Statement = { readonly name: string; readonly direct: string; readonly semantic: string };

/** One row of a tiny table: all of it is overhead. */
export const TRIVIAL: Statement = {
  name: 'trivial aggregate',
  direct: 'SELECT count(*) AS rows_counted, sum(amount) AS total FROM small',
  semantic: 'SELECT MEASURE(rows_counted) AS rows_counted, MEASURE(total) AS total FROM small_view',
};

/** As a BI tool writes: for PostgreSQL planning it costs more than running it. */
export const BI: Statement = {
  name: 'BI statement',
  direct: `SELECT c.region AS region, date_trunc('month', s.created_at) AS month, sum(s.amount) AS revenue,
    count(DISTINCT s.customer_id) AS buyers
    FROM sales s LEFT JOIN customers c ON s.customer_id = c.id
    WHERE s.created_at >= '2024-02-01' AND s.created_at < '2024-02-02' AND c.segment = 'pro'
    GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 100`,
  semantic: `SELECT region AS region, date_trunc('month', created_at) AS month, MEASURE(revenue) AS revenue,
    MEASURE(buyers) AS buyers
    FROM sales_view
    WHERE created_at >= '2024-02-01' AND created_at < '2024-02-02' AND segment = 'pro'
    GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 100`,
};

const LINES = 'purchases p LEFT JOIN purchase_lines l ON l.purchase_id = p.id';
const OF_PURCHASES = 'count(*) AS purchases_counted, sum(amount) AS spent';

/** Measures of the one side beside those of the many side, as one who knows the tables writes it. */
export const TO_MANY: readonly Statement[] = [
  {
    name: 'to-many, by a column of the one side',
    direct: `SELECT a.status, purchases_counted, spent, units
      FROM (SELECT status, ${OF_PURCHASES} FROM purchases GROUP BY 1) a
      JOIN (SELECT status, sum(quantity) AS units FROM ${LINES} GROUP BY 1) b ON b.status = a.status`,
    semantic: 'SELECT status, purchases_counted, spent, units FROM purchases_view',
  },
  {
    name: 'to-many, totals',
    direct: `SELECT purchases_counted, spent, units FROM (SELECT ${OF_PURCHASES} FROM purchases) a,
      (SELECT sum(quantity) AS units FROM purchase_lines) b`,
    semantic: 'SELECT purchases_counted, spent, units FROM purchases_view',
  },
  {
    name: 'to-many, by a column of the many side',
    direct: `SELECT category, ${OF_PURCHASES}, sum(units) AS units
      FROM (SELECT p.id, amount, category, sum(quantity) AS units FROM ${LINES} GROUP BY 1, 2, 3) d GROUP BY 1`,
    semantic: 'SELECT category, purchases_counted, spent, units FROM purchases_view',
  },
  {
    name: 'to-many, by the key of the one side',
    direct: `SELECT p.id, 1 AS purchases_counted, amount, sum(quantity) AS units FROM ${LINES} GROUP BY p.id, amount`,
    semantic: 'SELECT id, purchases_counted, spent, units FROM purchases_view',
  },
];

/** A million rows of eight columns. */
export const LARGE: Statement = {
  name: '1M rows x 8 columns',
  direct: 'SELECT id, code, price, quantity, sold_at, customer, city, due FROM big',
  semantic: 'SELECT id, code, price, quantity, sold_at, customer, city, due FROM big_view',
};
