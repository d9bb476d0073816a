/** The statements of test/sql/fixtures, one test each. */
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('fixtures/', import.meta.url);

/** File name without `.sql` → its statements. A statement ends with `;` at the end of a line. */
export function fixtures(): [topic: string, statements: string[]][] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => [name.slice(0, -'.sql'.length), statementsOf(readFileSync(new URL(name, FOLDER), 'utf8'))]);
}

function statementsOf(text: string): string[] {
  return text
    .replace(/^(--.*\n)+/, '')
    .split(/;\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
