/** The claim `hook` is an operator: what it compares with is the claim `c`, as it came. */
export function queryRewrite(query, { securityContext: { hook, member, c } }) {
  if (hook !== undefined) query.filters.push({ member, operator: hook, values: [c].flat() });
  return query;
}

export function canSwitchUser() {
  return true;
}
