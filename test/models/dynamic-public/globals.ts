type Context = { readonly securityContext: { readonly team?: string; readonly city?: string } };

declare const sql: { readonly raw: (text: string) => object };

/** The context is frozen: a claim that is not there is replaced where it is read. */
export function is_accessible_by_team(team: string, { securityContext }: Context): boolean {
  return team === (securityContext.team ?? 'default');
}

/** A text is data, and stands in the SQL as such. */
export function city_of({ securityContext }: Context): string {
  return securityContext.city ?? 'Rome';
}

export function columns(): readonly object[] {
  return [
    { name: 'name', type: 'string' },
    { name: 'city', type: 'string' },
  ].map(({ name, type }) => ({ name: sql.raw(name), type: sql.raw(type) }));
}

export function broken(): never {
  throw new Error('a secret of the author');
}
