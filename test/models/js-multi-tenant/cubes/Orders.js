// Cube's own example of COMPILE_CONTEXT: every company has a schema of its own.
const {
  securityContext: { company_id },
} = COMPILE_CONTEXT;

cube(`Orders`, {
  sql: `SELECT * FROM ${company_id}.orders`,

  measures: {
    count: {
      type: `count`,
    },
  },

  dimensions: {
    id: { sql: `id`, type: `number`, primaryKey: true, public: true },
    amount: { sql: `amount`, type: `number` },
  },
});
