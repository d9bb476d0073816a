// Cube's own example of a security context: users see the orders that they own.
cube(`Orders`, {
  sql: `SELECT * FROM public.orders WHERE ${SECURITY_CONTEXT.user_id.filter('user_id')}`,

  joins: {
    Users: {
      relationship: `belongsTo`,
      sql: `${CUBE}.user_id = ${Users.id}`,
    },
  },

  dimensions: {
    id: { sql: `id`, type: `number`, primaryKey: true, public: true },
    status: { sql: `${CUBE}.status`, type: `string` },
    placedAt: { sql: `placed_at`, type: `time` },
  },

  measures: {
    count: { type: `count` },
    amount: { sql: (CUBE) => `${CUBE}.amount`, type: `sum` },
    average: { sql: `${amount} / NULLIF(${count}, 0)`, type: `number` },
    open: { type: `count`, filters: [{ sql: `${status} = 'open'` }] },
  },

  segments: {
    recent: { sql: () => `${CUBE.placedAt} >= '2024-02-01'` },
  },

  preAggregations: {
    main: { measures: [count], dimensions: [status] },
  },
});
