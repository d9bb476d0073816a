import type { Command } from './command.ts';
export const explainCommand: Command = { name: 'explain', summary: '', help: '', run: async () => 1 };
