/**
 * The `.capture` format: what a tool says to the database, in its order, and what it must hear.
 *
 *     # Which tool, what it does here, and where its statements are known from.
 *     mode: extended
 *     startup: application_name=Tool extra_float_digits=2
 *
 *     == what the tool wants to know
 *     SELECT …
 *     -- parameters
 *     varchar sales
 *     -- columns
 *     name text, n bigint
 *     -- rows
 *     sales | 2
 *
 * In a step, what is no expectation: `mode` (of this step alone), `only` (the one persona that the tool sends it for),
 * `connection` (the name of another one, opened when it is first needed), `parameters` (a type and a value a line),
 * `remember` (a name for the first value of the answer: `{name}` stands for it in later statements). What is expected: `answer` (command tags), `columns`, `rows` (all, in order), `contains` (among
 * the rows), `lacks` (not among them, though another persona has it), `count` (of rows), `by hand` (the rows of SQL over
 * what the persona may see of the seed's tables; in order if its last line begins with ORDER BY), `error` (SQLSTATE; the
 * tool goes on after it). `rows PERSONA` and so on is for that one alone. Several statements, with a line `;;` between
 * them, go out before one Sync; what is expected is of the last.
 */
import { readFileSync } from 'node:fs';

const EXPECTATIONS = ['answer', 'columns', 'rows', 'contains', 'lacks', 'count', 'by hand', 'error'] as const;
const SECTIONS = [...EXPECTATIONS, 'parameters', 'mode', 'only', 'remember', 'connection'] as const;
export type Expectation = (typeof EXPECTATIONS)[number];
type Section = (typeof SECTIONS)[number];

export type Mode =
  /** Query. */
  | { readonly kind: 'simple' }
  /** Parse, Bind, Describe, Execute; rows as text or binary. */
  | { readonly kind: 'extended'; readonly binary: boolean }
  /** Parse, Describe: nothing runs. */
  | { readonly kind: 'describe' }
  /** A named portal that is read so many rows at a time. */
  | { readonly kind: 'portal'; readonly size: number };

export type Parameter = { readonly type: string; readonly value: string | null };

export type Step = {
  readonly title: string;
  readonly statements: readonly string[];
  readonly mode: Mode;
  readonly parameters: readonly Parameter[];
  /** Undefined: for every persona. */
  readonly only: string | undefined;
  readonly remember: string | undefined;
  /** Undefined: the first. */
  readonly connection: string | undefined;
  /** What is expected for this persona. */
  readonly expected: (persona: string) => ReadonlyMap<Expectation, string>;
};

export type Capture = {
  /** Parameters of the startup packet beside user and database. */
  readonly startup: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
};

/** @throws Error with the step, for what is not of the format, and for a step that expects nothing */
export function readCapture(path: string, personas: readonly string[]): Capture {
  const [head = '', ...steps] = readFileSync(path, 'utf8').split(/^(?=== )/m);
  if (!head.startsWith('#')) throw new Error(`${path}: say at the top which tool it is, and where it is known from`);
  const header = new Map(
    head
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, string] => {
        const named = /^(mode|startup): (.*)$/.exec(line);
        if (named === null) throw new Error(`${path}: neither a comment nor mode or startup: ${line}`);
        return [named[1] ?? '', named[2] ?? ''];
      }),
  );
  const startup = [...(header.get('startup') ?? '').matchAll(/(\w+)=(?:'([^']*)'|(\S+))/g)];
  return {
    startup: Object.fromEntries(startup.map(([, name, quoted, bare]) => [name, quoted ?? bare ?? ''])),
    steps: steps.map((text) => readStep(text, header.get('mode') ?? 'simple', personas)),
  };
}

function readStep(text: string, usual: string, personas: readonly string[]): Step {
  const [first = '', ...lines] = text.trimEnd().split('\n');
  const title = first.slice('== '.length);
  const statement: string[] = [];
  const sections: { readonly name: Section; readonly persona: string | undefined; readonly lines: string[] }[] = [];
  for (const line of lines) {
    const started = /^-- ([a-z_ ]+)$/.exec(line)?.[1];
    if (started === undefined) (sections.at(-1)?.lines ?? statement).push(line);
    else sections.push({ ...readHeading(started, personas, title), lines: [] });
  }
  const content = (name: Section): string | undefined =>
    sections.find((section) => section.name === name)?.lines.join('\n');
  const contained = sections.filter(({ name }) => name === 'contains').flatMap((section) => section.lines);
  const absent = sections.filter(({ name }) => name === 'lacks').flatMap((section) => section.lines);
  const unknown = absent.find((line) => !contained.includes(line));
  if (unknown !== undefined) throw new Error(`"${title}": nobody has what is lacked, so nothing is proved: ${unknown}`);
  const expected = (persona: string): ReadonlyMap<Expectation, string> => {
    const found = EXPECTATIONS.flatMap((name): [Expectation, string][] => {
      const named = sections.filter((section) => section.name === name);
      const chosen =
        named.find((section) => section.persona === persona) ?? named.find((it) => it.persona === undefined);
      return chosen === undefined ? [] : [[name, chosen.lines.join('\n')]];
    });
    if (found.length === 0) throw new Error(`"${title}" expects nothing for ${persona}`);
    return new Map(found);
  };
  return {
    title,
    statements: statement.join('\n').split('\n;;\n'),
    mode: readMode(content('mode') ?? usual, title),
    parameters: (content('parameters')?.split('\n') ?? []).map((line) => {
      const [, type = '', value = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
      return { type, value: value === 'NULL' ? null : value };
    }),
    only: content('only'),
    remember: content('remember'),
    connection: content('connection'),
    expected,
  };
}

function readHeading(
  text: string,
  personas: readonly string[],
  title: string,
): { readonly name: Section; readonly persona: string | undefined } {
  const persona = personas.find((name) => text.endsWith(` ${name}`));
  const rest = persona === undefined ? text : text.slice(0, -persona.length - 1);
  const name = SECTIONS.find((section) => section === rest);
  if (name === undefined) throw new Error(`"${title}": no section is called "${text}"`);
  return { name, persona };
}

function readMode(text: string, title: string): Mode {
  const portal = /^portal (\d+)$/.exec(text)?.[1];
  if (portal !== undefined) return { kind: 'portal', size: Number(portal) };
  switch (text) {
    case 'simple':
    case 'describe':
      return { kind: text };
    case 'extended':
    case 'binary':
      return { kind: 'extended', binary: text === 'binary' };
    default:
      throw new Error(`"${title}": no mode is called "${text}"`);
  }
}
