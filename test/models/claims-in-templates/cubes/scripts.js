const {
  securityContext: { c, n },
} = COMPILE_CONTEXT;

const rows = (name, sql) =>
  cube(name, {
    sql,
    public: true,
    dimensions: {
      id: { sql: 'id', type: 'number', primaryKey: true, public: true },
    },
  });

rows('js_number', `SELECT * FROM numbers WHERE n = ${n}`);
rows('js_number_filter', `SELECT * FROM numbers WHERE ${SECURITY_CONTEXT.n.filter('n')}`);
rows('js_number_function', `SELECT * FROM numbers WHERE ${SECURITY_CONTEXT.n.filter((own) => `n = ${own}`)}`);

rows('js_filter', `SELECT * FROM words WHERE ${SECURITY_CONTEXT.c.filter('word')}`);
rows('js_function', `SELECT * FROM words WHERE ${SECURITY_CONTEXT.c.filter((own) => `word = '${own}'`)}`);
rows('js_bare', `SELECT * FROM words WHERE ${SECURITY_CONTEXT.c.requiredFilter((own) => `word = ${own}`)}`);
rows('js_context', `SELECT * FROM words WHERE word = '${c}'`);
rows('js_value', `SELECT * FROM words WHERE word = '${SECURITY_CONTEXT.c.unsafeValue()}'`);

asyncModule(async () => {
  rows('js_async', `SELECT * FROM words WHERE word = ${await c}`);
});
