/**
 * What a script names, found in its syntax tree: claims, however they are taken out of the context, and every way to
 * `sql.raw`. Names are not told apart by scope: one thing too many in a report misleads nobody.
 */
import { isTypeScript, TypeScriptError, withoutTypes } from '../../typescript.ts';
import { TemplateFault } from '../template/value.ts';
import type { SourcePosition } from '../types.ts';
import { type AnyNode, childrenOf, constantText, type NodeOf, parseScript, positionsIn } from './syntax.ts';

export type ScriptMentions = {
  readonly claims: readonly ClaimMention[];
  readonly rawSql: readonly RawMention[];
  /** Other files that it loads. */
  readonly required: readonly string[];
};

/** `claim`: its path, `a.b`. */
type ClaimMention = { readonly claim: string; readonly at: SourcePosition };
/** `within`: the name of the outermost function that it stands in. */
type RawMention = { readonly within: string | undefined; readonly at: SourcePosition };

const CONTEXTS = ['securityContext', 'security_context', 'SECURITY_CONTEXT', 'USER_CONTEXT'];
/** A name that is only known when the script runs. */
const ANY = '*';

/** @returns undefined where the file is no JavaScript that can be read */
export function mentionsInScript(file: string, source: string): ScriptMentions | undefined {
  const script = parsed(file, source);
  if (script === undefined) return undefined;
  const { program, position } = script;
  const contexts = new Set(CONTEXTS);
  const claims: ClaimMention[] = [];
  const rawSql: RawMention[] = [];
  const required: string[] = [];
  const take = (steps: readonly string[], at: number): void => {
    if (steps.length > 0) claims.push({ claim: steps.join('.'), at: position(at) });
  };
  const visit = (node: AnyNode, within: string | undefined, called: boolean): void => {
    if (isRaw(node)) rawSql.push({ within, at: position(node.start) });
    const specifier = specifierOf(node);
    if (specifier !== undefined) required.push(specifier);
    const steps = stepsIn(node, contexts);
    if (steps !== undefined) {
      // The last name of `context.a.filter(…)` is a function's.
      take(called ? steps.slice(0, -1) : steps, node.start);
      return;
    }
    for (const { target, value } of assigned(node)) {
      if (!isContext(value, contexts)) continue;
      if (target.type === 'Identifier') contexts.add(target.name);
      for (const { path, at } of patternPaths(target)) take(path, at);
    }
    if (node.type === 'ObjectPattern') {
      for (const name of renamedContexts(node)) contexts.add(name);
      for (const { path, at } of patternPaths(node)) {
        const context = path.findIndex((name) => CONTEXTS.includes(name));
        if (context >= 0) take(path.slice(context + 1), at);
      }
    }
    const callee = node.type === 'CallExpression' ? node.callee : undefined;
    for (const child of childrenOf(node)) visit(child, within ?? functionName(node), child === callee);
  };
  visit(program, undefined, false);
  return { claims, rawSql, required };
}

type Parsed = { readonly program: AnyNode; readonly position: (offset: number) => SourcePosition };

function parsed(file: string, source: string): Parsed | undefined {
  for (const modules of [true, false]) {
    try {
      if (!isTypeScript(file)) {
        return { program: parseScript(file, source, modules), position: positionsIn(file, source) };
      }
      const { code, before } = withoutTypes(source);
      const placed = positionsIn(file, code);
      return {
        program: parseScript(file, code, modules),
        position: (offset) => ({ file, ...before(placed(offset)) }),
      };
    } catch (error) {
      if (!(error instanceof TemplateFault || error instanceof TypeScriptError)) throw error;
    }
  }
  return undefined;
}

/** `securityContext`, `COMPILE_CONTEXT.securityContext`, `securityContext ?? {}`. */
function isContext(node: AnyNode, names: ReadonlySet<string>): boolean {
  if (node.type === 'Identifier') return names.has(node.name);
  if (node.type === 'LogicalExpression') return isContext(node.left, names);
  if (node.type === 'ChainExpression') return isContext(node.expression, names);
  return node.type === 'MemberExpression' && CONTEXTS.includes(memberName(node));
}

/** The names behind the context in `context.a['b']`; undefined for what is no such chain. */
function stepsIn(node: AnyNode, names: ReadonlySet<string>): readonly string[] | undefined {
  if (node.type === 'ChainExpression') return stepsIn(node.expression, names);
  if (node.type !== 'MemberExpression') return undefined;
  if (isContext(node, names)) return [];
  const outer = isContext(node.object, names) ? [] : stepsIn(node.object, names);
  return outer === undefined || outer.at(-1) === ANY ? outer : [...outer, memberName(node)];
}

function memberName({ property, computed }: NodeOf<'MemberExpression'>): string {
  if (!computed && property.type === 'Identifier') return property.name;
  return constantText(property) ?? ANY;
}

function assigned(node: AnyNode): readonly { readonly target: AnyNode; readonly value: AnyNode }[] {
  if (node.type === 'VariableDeclarator' && node.init) return [{ target: node.id, value: node.init }];
  return node.type === 'AssignmentExpression' ? [{ target: node.left, value: node.right }] : [];
}

/** What a pattern takes out of its object: of `{ a: { b }, c = 1 }` a.b and c. */
function patternPaths(node: AnyNode): readonly { readonly path: readonly string[]; readonly at: number }[] {
  if (node.type !== 'ObjectPattern') return [];
  return node.properties.flatMap((part) => {
    if (part.type === 'RestElement') return [{ path: [ANY], at: part.start }];
    const { key, computed } = part;
    const name = !computed && key.type === 'Identifier' ? key.name : (constantText(key) ?? ANY);
    const target = part.value.type === 'AssignmentPattern' ? part.value.left : part.value;
    const inner = patternPaths(target);
    if (inner.length === 0) return [{ path: [name], at: part.start }];
    return inner.map(({ path, at }) => ({ path: [name, ...path], at }));
  });
}

/** `claims` of `{ securityContext: claims }`. */
function renamedContexts({ properties }: NodeOf<'ObjectPattern'>): readonly string[] {
  return properties.flatMap((part) => {
    if (part.type !== 'Property' || part.key.type !== 'Identifier' || !CONTEXTS.includes(part.key.name)) return [];
    const target = part.value.type === 'AssignmentPattern' ? part.value.left : part.value;
    return target.type === 'Identifier' ? [target.name] : [];
  });
}

/** `sql.raw`, called or handed on, and `const { raw } = sql`. */
function isRaw(node: AnyNode): boolean {
  if (node.type === 'MemberExpression') {
    const { object } = node;
    const name = object.type === 'MemberExpression' ? memberName(object) : 'name' in object ? object.name : undefined;
    return name === 'sql' && ['raw', ANY].includes(memberName(node));
  }
  return assigned(node).some(
    ({ target, value }) =>
      value.type === 'Identifier' &&
      value.name === 'sql' &&
      (target.type === 'Identifier' || patternPaths(target).some(({ path }) => path[0] === 'raw' || path[0] === ANY)),
  );
}

function specifierOf(node: AnyNode): string | undefined {
  if ('source' in node && node.source) return constantText(node.source as AnyNode);
  return node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === 'require'
    ? constantText(node.arguments[0])
    : undefined;
}

function functionName(node: AnyNode): string | undefined {
  if (node.type === 'FunctionDeclaration') return node.id?.name;
  if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && /Function/.test(node.init?.type ?? ''))
    return node.id.name;
  return undefined;
}
