// Cube's own configuration: CommonJS, with types.
import type { Filter } from './lib/filters.ts';
const { newest }: { readonly newest: Filter } = require('./lib/filters.ts');

type Query = { readonly filters: Filter[] };

module.exports = {
  queryRewrite: (query: Query): Query => {
    query.filters.push(newest);
    return query;
  },
};
