/** The context is frozen: a claim that is not there is replaced where it is read. */
export function is_accessible_by_team(team, { securityContext }) {
  return team === (securityContext.team ?? 'default');
}

/** A text is data, and stands in the SQL as such. */
export function city_of({ securityContext }) {
  return securityContext.city ?? 'Rome';
}

export function columns() {
  return [
    { name: 'name', type: 'string' },
    { name: 'city', type: 'string' },
  ].map(({ name, type }) => ({ name: sql.raw(name), type: sql.raw(type) }));
}

export function broken() {
  throw new Error('a secret of the author');
}
