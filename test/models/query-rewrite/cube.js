// As in Cube's documentation: whoever asks sees the orders that are their own.
module.exports = {
  queryRewrite: (query, { securityContext }) => {
    if (!securityContext.user_id) {
      throw new Error('No id found in Security Context!');
    }
    query.filters.push({
      member: 'Orders.userId',
      operator: 'equals',
      values: [securityContext.user_id],
    });
    return query;
  },
};
