/** Who has a branch sees what belongs to it. */
export function queryRewrite(query, { securityContext }) {
  if (securityContext.branch !== undefined) {
    query.filters.push({ member: 'shops.region', operator: 'equals', values: [securityContext.branch] });
  }
  return query;
}

export function canSwitchUser(current) {
  return current === 'support';
}
