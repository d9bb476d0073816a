// Whoever asks sees the orders that are their own, by the claim of their token.
cube(`Orders`, {
  sql: `SELECT * FROM public.orders WHERE ${SECURITY_CONTEXT.user_id.requiredFilter('user_id')}`,

  dimensions: {
    id: { sql: `id`, type: `number`, primaryKey: true, public: true },
    amount: { sql: `amount`, type: `number` },
  },

  measures: {
    count: { type: `count` },
  },
});
