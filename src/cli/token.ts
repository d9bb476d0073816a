import type { Command } from './command.ts';
export const tokenCommand: Command = { name: 'token', summary: '', help: '', run: async () => 1 };
