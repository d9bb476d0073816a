type Context = { readonly securityContext: { readonly team?: string } };

export function is_accessible_by_team(team: string, { securityContext }: Context): boolean {
  return team === (securityContext.team ?? 'default');
}
