import type { Command } from './command.ts';
export const queryCommand: Command = { name: 'query', summary: '', help: '', run: async () => 1 };
