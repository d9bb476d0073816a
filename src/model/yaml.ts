/**
 * YAML text → a tree that knows the line and column of every key and value.
 */
import {
  type Alias,
  CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
} from 'yaml';
import type { Problems } from './problems.ts';
import type { SourceEntry, SourceMap, SourceNode, SourceScalar, SourceText } from './source.ts';
import { snakeCase } from './spelling.ts';
import type { SourcePosition } from './types.ts';

const MAX_CHARACTERS = 4 * 1024 * 1024;
/** Aliases make a tree larger than its text; these bounds stop a "billion laughs" file. */
const MAX_NODES = 200_000;
const MAX_DEPTH = 64;

export type YamlOptions = {
  /** camelCase keys are read as their snake_case twins, as Cube's YAML reader does. */
  readonly snakeCaseKeys?: boolean;
};

/**
 * @returns undefined when the file is empty or not YAML; what is wrong goes to `problems`
 */
export function parseYaml(
  file: string,
  content: string,
  problems: Problems,
  options: YamlOptions = {},
): SourceNode | undefined {
  const start: SourcePosition = { file, line: 1, column: 1 };
  if (content.length > MAX_CHARACTERS) {
    problems.error(start, `the file is larger than ${MAX_CHARACTERS / 1024 / 1024} MiB`);
    return undefined;
  }
  const text = content.startsWith('\uFEFF') ? content.slice(1) : content;
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    keepSourceTokens: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const positionAt = (offset: number): SourcePosition => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // A tag the reader does not know is a warning to it; to us the value is then not what its author meant.
  const faults = [...document.errors, ...document.warnings];
  for (const fault of faults) problems.error(positionAt(fault.pos[0]), faultText(fault, text));
  if (faults.length > 0 || document.contents === null) return undefined;
  return convert(document, text, positionAt, problems, options);
}

function faultText(fault: { code: string; message: string; pos: readonly [number, number] }, text: string): string {
  if (fault.code === 'DUPLICATE_KEY') {
    const key = /^["']?([^\s:"']+)/.exec(text.slice(fault.pos[0]))?.[1];
    return key === undefined ? 'duplicate key' : `duplicate key "${key}"`;
  }
  return `invalid YAML: ${fault.message.charAt(0).toLowerCase()}${fault.message.slice(1)}`;
}

function convert(
  document: Document,
  text: string,
  positionAt: (offset: number) => SourcePosition,
  problems: Problems,
  options: YamlOptions,
): SourceNode | undefined {
  let nodes = 0;
  const open = new Set<Node>();

  const nodeAt = (node: Node): SourcePosition => positionAt(node.range?.[0] ?? 0);
  const failure = (at: SourcePosition, message: string): undefined => {
    problems.error(at, message);
    return undefined;
  };

  type Manner = { readonly literal: boolean; readonly snakeCase: boolean };
  const plainly: Manner = { literal: false, snakeCase: options.snakeCaseKeys === true };

  const visit = (node: Node | null, at: SourcePosition, depth: number, manner: Manner): SourceNode | undefined => {
    nodes += 1;
    if (nodes === MAX_NODES + 1) return failure(at, `more than ${MAX_NODES} values, counting aliases`);
    if (nodes > MAX_NODES) return undefined;
    if (depth > MAX_DEPTH) return failure(at, `nested deeper than ${MAX_DEPTH} levels`);
    if (node === null) return nullAt(at);
    if (isAlias(node)) return visitAlias(node, at, depth, manner);
    if (isScalar(node)) return scalar(node, manner.literal);
    if (open.has(node)) return failure(at, 'a YAML alias that contains itself');
    open.add(node);
    const result = isMap(node) ? map(node.items as readonly Pair[], node, depth, manner) : list(node, depth, manner);
    open.delete(node);
    return result;
  };

  const visitAlias = (node: Alias, at: SourcePosition, depth: number, manner: Manner): SourceNode | undefined => {
    const target = node.resolve(document);
    return target === undefined
      ? failure(at, `unknown YAML alias *${node.source}`)
      : visit(target as Node, at, depth + 1, manner);
  };

  const list = (node: Node, depth: number, manner: Manner): SourceNode | undefined => {
    if (!isSeq(node)) return failure(nodeAt(node), 'unexpected YAML value');
    const items = node.items.map((item) =>
      visit(item as Node | null, nodeAt((item as Node) ?? node), depth + 1, manner),
    );
    return { kind: 'list', items: items.filter((item) => item !== undefined), at: nodeAt(node) };
  };

  const map = (pairs: readonly Pair[], node: Node, depth: number, manner: Manner): SourceMap => {
    const entries: SourceEntry[] = [];
    const inherited: SourceEntry[] = [];
    for (const pair of pairs) {
      const key = pair.key as Node;
      const keyAt = key === null ? nodeAt(node) : nodeAt(key);
      if (!isScalar(key) || (typeof key.value !== 'string' && typeof key.value !== 'number')) {
        problems.error(keyAt, 'a key must be a name');
        continue;
      }
      const written = String(key.value);
      const name = manner.snakeCase ? snakeCase(written) : written;
      // The keys below meta are the author's own.
      const inner = { literal: name === 'sql' || name === 'sql_table', snakeCase: manner.snakeCase && name !== 'meta' };
      const value = visit(
        pair.value as Node | null,
        pair.value === null ? keyAt : nodeAt(pair.value as Node),
        depth + 1,
        inner,
      );
      if (value === undefined) continue;
      if (written === '<<' && key.type === 'PLAIN') {
        inherited.push(...merged(value, keyAt));
      } else if (entries.some((entry) => entry.key === name)) {
        problems.error(keyAt, `duplicate key "${written}"`);
      } else {
        entries.push({ key: name, keyAt, value });
      }
    }
    for (const entry of inherited) if (!entries.some((own) => own.key === entry.key)) entries.push(entry);
    return { kind: 'map', entries, at: nodeAt(node) };
  };

  /** The YAML 1.1 merge key `<<`, which Cube's reader knows: a map or a list of maps, the first wins. */
  const merged = (value: SourceNode, at: SourcePosition): readonly SourceEntry[] => {
    const maps = value.kind === 'list' ? value.items : [value];
    return maps.flatMap((item) => {
      if (item.kind === 'map') return item.entries;
      problems.error(at, '"<<" takes a map or a list of maps');
      return [];
    });
  };

  const scalar = (node: Scalar, literal: boolean): SourceNode | undefined => {
    const at = nodeAt(node);
    const value = literal && node.type === 'BLOCK_FOLDED' ? unfolded(node) : node.value;
    if (value !== null && typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return failure(at, 'unexpected YAML value');
    }
    const raw = node.source ?? String(value);
    return {
      kind: 'scalar',
      value,
      raw,
      at,
      text: locate(node, typeof value === 'string' ? value : raw, text, positionAt),
    };
  };

  return visit(document.contents as Node | null, positionAt(0), 0, plainly);
}

function nullAt(at: SourcePosition): SourceScalar {
  return { kind: 'scalar', value: null, raw: '', at, text: { text: '', at: () => at } };
}

/** `sql: >` keeps its lines, as in Cube: folded, a `--` comment would swallow what follows it. */
function unfolded(node: Scalar): unknown {
  const token = node.srcToken;
  if (token?.type !== 'block-scalar') return node.value;
  const props = token.props.map((prop) =>
    prop.type === 'block-scalar-header' ? { ...prop, source: prop.source.replace('>', '|') } : prop,
  );
  return CST.resolveAsScalar({ ...token, props }, true)?.value ?? node.value;
}

/** Exact for block literals and for scalars on one line; other places are those of the scalar's start. */
function locate(node: Scalar, value: string, text: string, positionAt: (offset: number) => SourcePosition): SourceText {
  const [start, end] = node.range ?? [0, 0];
  const at = positionAt(start);
  if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') {
    return { text: value, at: (offset) => blockPosition(value, offset, text, start, at) };
  }
  const source = text.slice(start, end);
  if (source.includes('\n')) return { text: value, at: () => at };
  const offsets = node.type === 'PLAIN' ? undefined : quotedOffsets(source);
  return {
    text: value,
    at: (offset) => ({ ...at, column: at.column + (offsets === undefined ? offset : (offsets[offset] ?? 0)) }),
  };
}

function blockPosition(value: string, offset: number, text: string, start: number, at: SourcePosition): SourcePosition {
  const before = value.slice(0, offset).split('\n');
  const lines = text.slice(text.indexOf('\n', start) + 1).split('\n');
  const valueLines = value.split('\n');
  const first = valueLines.findIndex((line) => line.trim() !== '');
  const indentOf = (line: string | undefined) => /^ */.exec(line ?? '')?.[0].length ?? 0;
  const indent = first === -1 ? 0 : indentOf(lines[first]) - indentOf(valueLines[first]);
  return { file: at.file, line: at.line + before.length, column: indent + (before.at(-1)?.length ?? 0) + 1 };
}

/** Offset within a quoted scalar's source of each character of its value. */
function quotedOffsets(source: string): readonly number[] {
  const offsets: number[] = [];
  for (let i = 1; i < source.length; ) {
    offsets.push(i);
    if (source.startsWith("''", i) && source.startsWith("'")) i += 2;
    else if (source[i] === '\\' && source.startsWith('"')) i += { x: 4, u: 6, U: 10 }[source[i + 1] ?? ''] ?? 2;
    else i += 1;
  }
  return offsets;
}
