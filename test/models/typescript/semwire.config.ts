import { type Group, groupsOf } from './lib/directory.ts';

type Context = { readonly securityContext: { readonly user?: string } };

// What it waits for is there before anybody signs in.
export const database: string = await Promise.resolve('desk');

export function contextToGroups({ securityContext }: Context): readonly Group[] {
  return groupsOf(securityContext.user ?? 'nobody');
}
