/** Who plays the tools, and which rows of the seed's tables each may see: for SQL by hand. */
export const SEERS = ['aurora_manager', 'aurora_support'] as const;
export type Seer = (typeof SEERS)[number];

/** CTEs of the tables' names: of the whole shop for its manager; what belongs to customers of the Nordics for support. */
export const SEEN: Readonly<Record<Seer, string>> = {
  aurora_manager: tables('true'),
  aurora_support: tables("co.region = 'Nordics'"),
};

function tables(region: string): string {
  return `countries AS (SELECT * FROM shop.countries),
    customers AS (SELECT c.* FROM shop.customers c LEFT JOIN shop.countries co ON co.code = c.country_code
      WHERE c.tenant_id = 'aurora' AND ${region}),
    orders AS (SELECT o.* FROM shop.orders o WHERE o.tenant_id = 'aurora'
      AND o.customer_id IN (SELECT id FROM customers)),
    order_items AS (SELECT * FROM shop.order_items WHERE tenant_id = 'aurora' AND order_id IN (SELECT id FROM orders)),
    products AS (SELECT * FROM shop.products WHERE tenant_id = 'aurora'),
    returns AS (SELECT * FROM shop.returns WHERE tenant_id = 'aurora' AND order_id IN (SELECT id FROM orders))`;
}
