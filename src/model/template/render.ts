/**
 * A template's statements: text, `{{ }}`, if, for, set, macro, import. Rendered once: what is written is never read as
 * a template again (security case C04).
 */
import { SqlError } from '../../errors.ts';
import type { SourcePosition } from '../types.ts';
import { evaluate, macro, unknownNode } from './evaluate.ts';
import { lineStarts } from './lines.ts';
import { createBudget, inner, type Scope } from './scope.ts';
import { bracedClaims } from './single-braces.ts';
import {
  type DataNode,
  type ExpressionNode,
  type ListNode,
  type Place,
  parseTemplate,
  placeOf,
  type StatementNode,
} from './syntax.ts';
import type { ClaimTokens } from './tokens.ts';
import { booleanOf, itemsOf, NONE, numberOf, plainOf, TemplateFault, truth, type Value } from './value.ts';
import { behind, fileSink, type Sink, valueSink, type Written, writeValue } from './write.ts';

export type Template = {
  readonly file: string;
  readonly source: string;
  /** Offsets of the source's lines. */
  readonly lines: readonly number[];
  readonly body: ListNode;
};

/** @throws TemplateFault with its place */
export function readTemplate(file: string, source: string): Template {
  return { file, source, lines: lineStarts(source), body: parseTemplate(file, source) };
}

export type RenderOptions = {
  readonly globals: ReadonlyMap<string, Value>;
  readonly tokens: ClaimTokens;
  /** A file that an import or include names. */
  readonly find: (name: string) => Template | undefined;
};

/**
 * @returns the text that is then parsed as YAML
 * @throws TemplateFault with its place, for what the author has to mend
 */
export function render(template: Template, options: RenderOptions): Written {
  const budget = createBudget();
  const { sink, written } = fileSink(options.tokens, template.file, budget);
  const scope: Scope = {
    file: template.file,
    names: new Map(options.globals),
    outer: undefined,
    budget,
    capture: (body, at) => {
      const { sink: own, value } = valueSink(budget);
      statements(body, { sink: own, scope: at, template: templateOf(at, template, options), options });
      return value();
    },
  };
  statements(template.body, { sink, scope, template, options });
  return written();
}

/** A macro that was imported is written in its own file. */
function templateOf({ file }: Scope, template: Template, { find }: RenderOptions): Template {
  return file === template.file ? template : (find(file) ?? template);
}

type Writing = {
  readonly sink: Sink;
  readonly scope: Scope;
  readonly template: Template;
  readonly options: RenderOptions;
};

function statements({ children }: ListNode, writing: Writing): void {
  for (const node of children) {
    writing.scope.budget.step();
    const at = placeOf(writing.template.file, node);
    try {
      statement(node, writing, at);
    } catch (error) {
      // What this context lacks: whatever holds the place of the statement cannot be used.
      if (error instanceof SqlError) writing.sink.data({ kind: 'denied', error, statement: true }, at);
      else if (error instanceof TemplateFault && error.at === undefined) throw new TemplateFault(error.message, at);
      else throw error;
    }
  }
}

function statement(node: StatementNode, writing: Writing, at: SourcePosition): void {
  const { scope, sink } = writing;
  switch (node.typename) {
    case 'Output':
      for (const child of node.children) {
        if (child.typename === 'TemplateData') data(child, writing);
        else writeValue(evaluate(child, scope), at, sink);
      }
      return;
    case 'If':
      if (truth(evaluate(node.cond, scope))) statements(node.body, writing);
      else otherwise(node.else_, writing);
      return;
    case 'For':
      loop(node, writing);
      return;
    case 'Set':
      assign(node.targets, node.value ?? node.body ?? undefined, scope);
      return;
    case 'Macro':
      scope.names.set(node.name.value, macro(node.name.value, node.args, node.body, scope));
      return;
    case 'Import':
      scope.names.set(node.target.value, { kind: 'dict', entries: importOf(node.template, writing) });
      return;
    case 'FromImport': {
      const names = importOf(node.template, writing);
      for (const child of node.names.children) {
        const [from, to] = 'key' in child ? [nameOf(child.key), nameOf(child.value)] : [nameOf(child), nameOf(child)];
        const value = names.get(from);
        if (value === undefined) throw new TemplateFault(`the imported file has no "${from}"`);
        scope.names.set(to, value);
      }
      return;
    }
    case 'Include': {
      const included = fileOf(node.template, writing);
      const own = { ...inner(scope), file: included.file };
      scope.budget.nested(() => statements(included.body, { ...writing, scope: own, template: included }));
      return;
    }
    case 'NodeList':
      statements(node, writing);
      return;
    default:
      throw unknownNode(node);
  }
}

function otherwise(node: ListNode | StatementNode | null, writing: Writing): void {
  if (node === null) return;
  // `elif` is an If by itself.
  statements('typename' in node && node.typename !== 'NodeList' ? { children: [node] } : (node as ListNode), writing);
}

function nameOf(node: ExpressionNode): string {
  if (node.typename !== 'Symbol') throw new TemplateFault('a name is wanted here');
  return node.value;
}

/** The author's text, with claims in single braces. */
function data(node: DataNode, { sink, scope, template }: Writing): void {
  const at = startOf(node, template);
  for (const piece of bracedClaims(node.value, at)) {
    const from = behind(at, node.value.slice(0, piece.offset));
    if (piece.kind === 'text') sink.text(piece.text, from, true);
    else writeValue(piece.read(scope), from, sink);
  }
}

/** Behind `-%}` the parser drops white space and gives the place in front of it. */
function startOf(node: Place & { readonly value: string }, { file, source, lines }: Template): SourcePosition {
  const at = placeOf(file, node);
  const offset = (lines[at.line - 1] ?? 0) + at.column - 1;
  if (source.startsWith(node.value, offset)) return at;
  const space = /\s*/y;
  space.lastIndex = offset;
  return behind(at, space.exec(source)?.[0] ?? '');
}

function loop(node: Extract<StatementNode, { typename: 'For' }>, writing: Writing): void {
  const items = itemsOf(evaluate(node.arr, writing.scope));
  if (items.length === 0) {
    if (node.else_ !== null) statements(node.else_, writing);
    return;
  }
  for (const [i, item] of items.entries()) {
    const entries = new Map<string, Value>([
      ['index', numberOf(i + 1)],
      ['index0', numberOf(i)],
      ['revindex', numberOf(items.length - i)],
      ['revindex0', numberOf(items.length - i - 1)],
      ['first', booleanOf(i === 0)],
      ['last', booleanOf(i === items.length - 1)],
      ['length', numberOf(items.length)],
      ['previtem', items[i - 1] ?? NONE],
      ['nextitem', items[i + 1] ?? NONE],
    ]);
    const own = inner(writing.scope, [['loop', { kind: 'dict', entries }]]);
    unpack(node.name, item, own);
    statements(node.body, { ...writing, scope: own });
  }
}

function unpack(target: ExpressionNode, value: Value, scope: Scope): void {
  if (target.typename !== 'Array') {
    scope.names.set(nameOf(target), value);
    return;
  }
  const parts = itemsOf(value);
  if (parts.length !== target.children.length)
    throw new TemplateFault(`${parts.length} values for ${target.children.length} names`);
  for (const [i, child] of target.children.entries()) scope.names.set(nameOf(child), parts[i] ?? NONE);
}

function assign(targets: readonly ExpressionNode[], value: ExpressionNode | undefined, scope: Scope): void {
  if (value === undefined) throw new TemplateFault('set needs a value');
  const [target, another] = targets;
  if (target === undefined || another !== undefined) throw new TemplateFault('set takes one name');
  const assigned = valueOrDenied(value, scope);
  if (target.typename === 'LookupVal') {
    const holder = evaluate(target.target, scope);
    const key = plainOf(evaluate(target.val, scope));
    if (holder.kind !== 'dict' || typeof key !== 'string') throw new TemplateFault('only a namespace can be set into');
    holder.entries.set(key, assigned);
    return;
  }
  scope.names.set(nameOf(target), assigned);
}

/** A variable without a value in this context denies where it is used, not where it is set. */
function valueOrDenied(node: ExpressionNode, scope: Scope): Value {
  try {
    return evaluate(node, scope);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { kind: 'denied', error };
  }
}

/** What another file defines, with nothing of this one's in its scope. */
function importOf(name: ExpressionNode, writing: Writing): Map<string, Value> {
  const imported = fileOf(name, writing);
  const { scope } = writing;
  const own: Scope = { ...scope, file: imported.file, names: new Map(), outer: globalScope(scope) };
  const { sink } = valueSink(scope.budget);
  scope.budget.nested(() => statements(imported.body, { ...writing, sink, scope: own, template: imported }));
  return own.names;
}

function globalScope(scope: Scope): Scope {
  let at = scope;
  while (at.outer !== undefined) at = at.outer;
  return at;
}

function fileOf(node: ExpressionNode, { scope, options }: Writing): Template {
  const name = plainOf(evaluate(node, scope));
  const found = typeof name === 'string' ? options.find(name) : undefined;
  if (found === undefined) throw new TemplateFault(`there is no file "${String(name)}" in the model`);
  return found;
}
