/**
 * Expressions over the security context, as policies write them: Cube's small piece of Python
 * (`{ securityContext.region == 'EU' and not securityContext.guest }`), and nothing that could be called.
 */
import type { Problems } from './problems.ts';
import type { SourceText } from './source.ts';
import type { Condition, ConditionValue } from './types.ts';

type Token = {
  readonly kind: 'name' | 'string' | 'number' | 'symbol' | 'end';
  readonly text: string;
  readonly offset: number;
};

const ROOTS = new Set(['securityContext', 'security_context']);
const COMPARISONS = { '==': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;
const LITERALS: Readonly<Record<string, boolean | null>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  null: null,
  None: null,
};
const MAX_DEPTH = 50;

class ConditionFault extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** @returns undefined when it is not such an expression; why goes to `problems` */
export function readCondition(source: SourceText, problems: Problems): Condition | undefined {
  return attempt(source, problems, (parser) => parser.whole());
}

/** One claim: `{ securityContext.a.b }` or bare. @returns its path, without the context's own name */
export function readClaim(source: SourceText, problems: Problems): readonly string[] | undefined {
  return attempt(source, problems, (parser) => parser.wholeClaim());
}

/** Whether a text is meant as a claim rather than as itself: it begins as one, with or without braces. */
export function looksLikeClaim(text: string): boolean {
  return /^\s*\{?\s*(securityContext|security_context)\b/.test(text) || /(^|[^\\])\{\s*[A-Za-z_]/.test(text);
}

function attempt<T>(source: SourceText, problems: Problems, read: (parser: Parser) => T): T | undefined {
  try {
    return read(parse(tokens(source.text)));
  } catch (error) {
    if (!(error instanceof ConditionFault)) throw error;
    problems.error(source.at(error.offset), error.message);
    return undefined;
  }
}

function tokens(text: string): readonly Token[] {
  const pattern =
    /\s+|([A-Za-z_][A-Za-z0-9_]*)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(==|!=|<=|>=|\?\.|[<>().,[\]{}-])/y;
  const found: Token[] = [];
  let offset = 0;
  while (offset < text.length) {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    if (match === null)
      throw new ConditionFault(`unexpected "${text[offset]}" in a condition${hint(text.slice(offset))}`, offset);
    const [whole, name, string, number, symbol] = match;
    if (name !== undefined) found.push({ kind: 'name', text: name, offset });
    else if (string !== undefined)
      found.push({ kind: 'string', text: string.slice(1, -1).replace(/\\(.)/gs, '$1'), offset });
    else if (number !== undefined) found.push({ kind: 'number', text: number, offset });
    else if (symbol !== undefined) found.push({ kind: 'symbol', text: symbol, offset });
    offset += whole.length;
  }
  found.push({ kind: 'end', text: '', offset: Math.max(0, text.trimEnd().length - 1) });
  return found;
}

function hint(rest: string): string {
  if (rest.startsWith('&&')) return '; write "and"';
  if (rest.startsWith('||')) return '; write "or"';
  if (rest.startsWith('!')) return '; write "not"';
  if (rest.startsWith('=')) return '; write "=="';
  return '';
}

type Parser = { readonly whole: () => Condition; readonly wholeClaim: () => readonly string[] };

function parse(list: readonly Token[]): Parser {
  let i = 0;
  let depth = 0;
  const peek = (): Token => list[i] ?? (list.at(-1) as Token);
  const isSymbol = (text: string) => peek().kind === 'symbol' && peek().text === text;
  const isWord = (text: string) => peek().kind === 'name' && peek().text === text;
  const take = (): Token => {
    const token = peek();
    i += 1;
    return token;
  };
  const unexpected = (wanted: string): never => {
    const { kind, text, offset } = peek();
    throw new ConditionFault(
      kind === 'end' ? `${wanted} is missing at the end` : `unexpected "${text}": ${wanted} is missing`,
      offset,
    );
  };
  const expect = (text: string) => {
    if (!isSymbol(text)) unexpected(`"${text}"`);
    i += 1;
  };

  /** The braces around the whole are Cube's way to say "an expression". */
  const braced = <T>(read: () => T): T => {
    const inBraces = isSymbol('{');
    if (inBraces) i += 1;
    const result = read();
    if (inBraces) expect('}');
    if (peek().kind !== 'end') {
      throw new ConditionFault(`unexpected "${peek().text}" after the expression`, peek().offset);
    }
    return result;
  };

  const chain = (word: 'and' | 'or', operand: () => Condition): Condition => {
    const operands = [operand()];
    while (isWord(word)) {
      i += 1;
      operands.push(operand());
    }
    const [first] = operands;
    return operands.length === 1 && first !== undefined ? first : { kind: word, operands };
  };
  const or = (): Condition => {
    depth += 1;
    if (depth > MAX_DEPTH) throw new ConditionFault('the condition is nested too deep', peek().offset);
    const result = chain('or', () => chain('and', not));
    depth -= 1;
    return result;
  };
  const not = (): Condition => {
    let negations = 0;
    while (isWord('not')) {
      i += 1;
      negations += 1;
    }
    let result = comparison();
    for (; negations > 0; negations--) result = { kind: 'not', operand: result };
    return result;
  };

  const comparison = (): Condition => {
    const left = operand();
    const token = peek();
    const isComparison = token.kind === 'symbol' && token.text in COMPARISONS;
    const negated = isWord('not');
    if (!isComparison && !negated && !isWord('in')) {
      return asCondition(left);
    }
    i += 1;
    const leftValue = asValue(left, token.offset);
    if (isComparison) {
      const rightValue = asValue(operand(), token.offset);
      if (leftValue.kind === 'list' || rightValue.kind === 'list') {
        throw new ConditionFault(`"${token.text}" does not compare lists; write "in"`, token.offset);
      }
      endOfComparison();
      return {
        kind: 'compare',
        operator: COMPARISONS[token.text as keyof typeof COMPARISONS],
        left: leftValue,
        right: rightValue,
      };
    }
    if (negated) {
      if (!isWord('in')) unexpected('"in"');
      i += 1;
    }
    const right = asValue(operand(), token.offset);
    if (right.kind === 'literal') throw new ConditionFault('"in" needs a list or a claim on its right', token.offset);
    endOfComparison();
    return { kind: 'in', negated, left: leftValue, right };
  };
  const endOfComparison = () => {
    const { kind, text, offset } = peek();
    if (kind === 'symbol' && text in COMPARISONS)
      throw new ConditionFault('comparisons cannot be chained; write "and"', offset);
  };

  /** A value, or a condition in parentheses. */
  const operand = (): Condition | ConditionValue => {
    if (!isSymbol('(')) {
      const read = value();
      return read.kind === 'claim' && isIncludes() ? includes(read) : read;
    }
    i += 1;
    const inner = or();
    expect(')');
    return inner.kind === 'value' ? inner.value : inner;
  };

  const value = (): ConditionValue => {
    const token = peek();
    if (isSymbol('[')) return items();
    if (token.kind === 'string') return { kind: 'literal', value: take().text };
    if (token.kind === 'number' || isSymbol('-')) return { kind: 'literal', value: number() };
    if (token.kind !== 'name') return unexpected('a claim or a value');
    const literal = LITERALS[token.text];
    if (literal !== undefined && Object.hasOwn(LITERALS, token.text)) {
      i += 1;
      return { kind: 'literal', value: literal };
    }
    return { kind: 'claim', path: claim() };
  };
  /** `.includes(`: the one method that Cube's own examples call on a claim. */
  const isIncludes = () =>
    list[i + 1]?.text === 'includes' && list[i + 2]?.text === '(' && list[i + 2]?.kind === 'symbol';
  const includes = (claimed: ConditionValue): Condition => {
    i += 3;
    const left = value();
    expect(')');
    return { kind: 'in', negated: false, left, right: claimed };
  };
  const items = (): ConditionValue => {
    expect('[');
    const values: ConditionValue[] = [];
    while (!isSymbol(']')) {
      if (values.length > 0) expect(',');
      if (isSymbol(']')) break;
      if (isSymbol('[')) throw new ConditionFault('a list cannot hold a list', peek().offset);
      values.push(value());
    }
    expect(']');
    return { kind: 'list', values };
  };
  const number = (): number => {
    const sign = isSymbol('-') ? -1 : 1;
    if (sign === -1) i += 1;
    if (peek().kind !== 'number') unexpected('a number');
    const token = take();
    const result = sign * Number(token.text);
    if (/^\d+$/.test(token.text) && !Number.isSafeInteger(result)) {
      throw new ConditionFault(`${token.text} is too large to be exact; put it in quotes`, token.offset);
    }
    return result;
  };
  const claim = (): readonly string[] => {
    const root = take();
    if (root.kind !== 'name' || !ROOTS.has(root.text)) {
      throw new ConditionFault(`unknown name "${root.text}"; claims are written securityContext.name`, root.offset);
    }
    const path: string[] = [];
    // A claim that is missing on the way is missing, with `?.` or without.
    while (isSymbol('.') || isSymbol('?.') || isSymbol('[')) {
      if (isIncludes()) break;
      const wantsName = take().text !== '[';
      if (peek().kind !== (wantsName ? 'name' : 'string'))
        unexpected(wantsName ? 'a claim' : "a claim's name in quotes");
      path.push(take().text);
      if (!wantsName) expect(']');
    }
    if (isSymbol('(')) throw new ConditionFault('a call cannot stand in an expression over claims', peek().offset);
    if (path.length === 0)
      throw new ConditionFault(`"${root.text}" alone is no claim; write ${root.text}.name`, root.offset);
    return path;
  };

  return { whole: () => braced(or), wholeClaim: () => braced(claim) };
}

function asCondition(operand: Condition | ConditionValue): Condition {
  return operand.kind === 'claim' || operand.kind === 'literal' || operand.kind === 'list'
    ? { kind: 'value', value: operand }
    : operand;
}

function asValue(operand: Condition | ConditionValue, offset: number): ConditionValue {
  switch (operand.kind) {
    case 'claim':
    case 'literal':
    case 'list':
      return operand;
    case 'value':
      return operand.value;
    case 'and':
    case 'or':
    case 'not':
    case 'compare':
    case 'in':
      throw new ConditionFault('a condition cannot be compared', offset);
  }
}
