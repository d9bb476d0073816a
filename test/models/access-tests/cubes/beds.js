const {
  securityContext: { hospital },
} = COMPILE_CONTEXT;

cube('beds', {
  sql: `SELECT * FROM clinic.beds WHERE hospital = ${hospital}`,
  public: true,
  dimensions: {
    id: { sql: 'id', type: 'number', primaryKey: true, public: true },
    ward: { sql: 'ward', type: 'string' },
  },
  measures: { bed_count: { type: 'count' } },
});
