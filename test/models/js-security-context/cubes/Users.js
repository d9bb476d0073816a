cube(`Users`, {
  sql_table: `public.users`,

  dimensions: {
    id: { sql: `id`, type: `number`, primary_key: true, public: true },
    name: { sql: `name`, type: `string` },
    // Braces are only text here.
    tagged: { sql: `name || '{x}'`, type: `string` },
  },

  measures: { count: { type: `count` } },
});

// The same rows by a function, and with a filter of the query that the cube would take in.
cube(`OpenOrders`, {
  extends: Orders,
  sql: `SELECT * FROM public.orders o
    WHERE ${SECURITY_CONTEXT.user_id.filter((user) => `o.user_id = ${user} AND o.status = 'open'`)}
      AND ${FILTER_PARAMS.OpenOrders.placedAt.filter('placed_at')}`,
});
