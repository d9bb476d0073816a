import people from './people.json' with { type: 'json' };
import { lower } from './text.js';

export type Group = 'sales' | 'press';

export const groupsOf = (user: string): Group[] => (people as Record<string, Group[]>)[lower(user)] ?? [];
