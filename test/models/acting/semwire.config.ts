type Answer = boolean | { readonly securityContext: object };

/** `current` is the verified subject, nobody's user name. What it throws, and no answer, is a no. */
export async function canSwitchUser(
  current: string | undefined,
  next: string,
  { securityContext }: { readonly securityContext: { readonly desk?: string } },
): Promise<Answer> {
  switch (securityContext.desk) {
    // May be any persona but the boss.
    case 'support':
      return next !== 'Boss';
    // May be any tenant's seller, whether there is a persona of it or not.
    case 'audit':
      return { securityContext: { tenant: next, groups: ['seller'], exp: 9_999_999_999 } };
    case 'broken':
      throw new Error(`no directory for ${current}`);
    default:
      return false;
  }
}
