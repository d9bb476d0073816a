export type Filter = { readonly member: string; readonly operator: string; readonly values: readonly string[] };

const newest: Filter = { member: 'orders.year', operator: 'gte', values: ['2026'] };
module.exports = { newest };
