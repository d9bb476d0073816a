/**
 * Filters of policies and views: `{member, operator, values}`, `and`, `or`
 * (https://cube.dev/docs/product/apis-integrations/rest-api/query-format#filters-operators).
 * A filter that says less than it seems to is an error: it would let rows through.
 */
import { looksLikeClaim, readClaim } from './conditions.ts';
import type { Problems } from './problems.ts';
import type { FilterSource } from './schema.ts';
import { type Sources, textAt } from './source.ts';
import { didYouMean } from './spelling.ts';
import type { DimensionType, Filter, FilterOperator, FilterValue, FilterValues } from './types.ts';

export type FilterContext = {
  /** `cube "orders"`, for messages. */
  readonly table: string;
  /** The name that a member may be prefixed with. */
  readonly name: string;
  readonly members: ReadonlyMap<string, FilterMember>;
  readonly sources: Sources;
  readonly problems: Problems;
};
export type FilterMember =
  | { readonly kind: 'dimension'; readonly type: DimensionType; readonly unsupported: string | undefined }
  | { readonly kind: 'measure' }
  | { readonly kind: 'segment' };

type Arity = 'none' | 'one' | 'range' | 'list';
type Applies = 'any' | 'text' | 'order' | 'time';

/** How many values each operator takes, and which dimensions it can be used on. */
export const OPERATORS: Readonly<Record<FilterOperator, readonly [Arity, Applies]>> = {
  equals: ['list', 'any'],
  notEquals: ['list', 'any'],
  in: ['list', 'any'],
  notIn: ['list', 'any'],
  contains: ['list', 'text'],
  notContains: ['list', 'text'],
  startsWith: ['list', 'text'],
  notStartsWith: ['list', 'text'],
  endsWith: ['list', 'text'],
  notEndsWith: ['list', 'text'],
  gt: ['one', 'order'],
  gte: ['one', 'order'],
  lt: ['one', 'order'],
  lte: ['one', 'order'],
  set: ['none', 'any'],
  notSet: ['none', 'any'],
  inDateRange: ['range', 'time'],
  notInDateRange: ['range', 'time'],
  onTheDate: ['one', 'time'],
  beforeDate: ['one', 'time'],
  beforeOrOnDate: ['one', 'time'],
  afterDate: ['one', 'time'],
  afterOrOnDate: ['one', 'time'],
};
const NULL_MEANS_SOMETHING = new Set<FilterOperator>(['equals', 'notEquals', 'in', 'notIn']);

/** @returns undefined when the filter says nothing that could be enforced; why goes to the problems, as an error */
export function readFilter(source: FilterSource, context: FilterContext): Filter | undefined {
  const { sources, problems } = context;
  const nested = (['and', 'or'] as const).filter((key) => source[key] !== undefined);
  const [kind] = nested;
  if (kind !== undefined) {
    if (
      nested.length > 1 ||
      source.member !== undefined ||
      source.operator !== undefined ||
      source.values !== undefined
    ) {
      problems.error(sources.at(source), `"${kind}" stands alone in a filter`);
      return undefined;
    }
    const inner = source[kind] ?? [];
    if (inner.length === 0) problems.error(sources.at(source, kind), `"${kind}" needs at least one filter`);
    return {
      kind,
      filters: inner.map((filter) => readFilter(filter, context)).filter((filter) => filter !== undefined),
    };
  }
  if (source.member === undefined || source.operator === undefined) {
    problems.error(sources.at(source), `missing key "${source.member === undefined ? 'member' : 'operator'}"`);
    return undefined;
  }
  if (source.operator === 'measureFilter') {
    problems.error(sources.at(source, 'operator'), 'operator measureFilter cannot restrict rows');
    return undefined;
  }
  const member = memberName(source.member, context.name);
  const type = memberType(source.member, member, source, context);
  const values = readValues(source, source.operator, context);
  if (type === undefined || values === undefined) return undefined;
  const applies = OPERATORS[source.operator][1];
  if (!suits(applies, type)) {
    problems.error(sources.at(source, 'operator'), `operator ${source.operator} cannot be used on a ${type} dimension`);
  }
  checkLiterals(values, type, source, context);
  return { kind: 'member', member, operator: source.operator, values, at: sources.at(source) };
}

/** A path without the braces that Cube's YAML may put around its parts. */
export function plainPath(written: string): string {
  return written.replaceAll(/[${}\s]/g, '');
}

/** `status`, `CUBE.status`, `{CUBE}.status`, `orders.status` are one member. */
export function memberName(written: string, table: string): string {
  const plain = plainPath(written);
  const [first, ...rest] = plain.split('.');
  return rest.length > 0 && (first === 'CUBE' || first === table) ? rest.join('.') : plain;
}

function memberType(
  written: string,
  name: string,
  source: FilterSource,
  context: FilterContext,
): DimensionType | undefined {
  const { problems, sources, members } = context;
  const at = sources.at(source, 'member');
  const member = members.get(name);
  if (member === undefined) {
    const elsewhere = name.includes('.') ? `; define a dimension there that refers to {${name}}` : '';
    problems.error(at, `${context.table} has no member "${written}"${elsewhere || didYouMean(name, members.keys())}`);
    return undefined;
  }
  if (member.kind !== 'dimension') {
    problems.error(at, `"${written}" is a ${member.kind}; filters restrict rows by dimensions`);
    return undefined;
  }
  if (member.unsupported !== undefined) {
    problems.error(at, `"${written}" cannot be used in a filter: ${member.unsupported}`);
    return undefined;
  }
  return member.type;
}

export function suits(applies: Applies, type: DimensionType): boolean {
  if (type === 'geo') return false;
  switch (applies) {
    case 'any':
      return true;
    case 'text':
      return type === 'string';
    case 'order':
      return type !== 'boolean';
    case 'time':
      return type === 'time';
  }
}

function readValues(source: FilterSource, operator: FilterOperator, context: FilterContext): FilterValues | undefined {
  const { sources, problems } = context;
  const [arity] = OPERATORS[operator];
  const fail = (message: string, at = sources.at(source, 'values')): undefined => {
    problems.error(at, message);
    return undefined;
  };
  const { values } = source;
  if (arity === 'none') {
    if (values !== undefined && values.length > 0) return fail(`operator ${operator} takes no values`);
    return { kind: 'list', values: [] };
  }
  if (values === undefined) return fail(`operator ${operator} needs values`, sources.at(source, 'operator'));
  if (typeof values === 'string') {
    if (!looksLikeClaim(values)) return fail('values must be a list, or one claim: "{ securityContext.x }"');
    const path = readClaim(sources.text(source, 'values'), problems);
    return path === undefined ? undefined : { kind: 'claim', path };
  }
  const most = arity === 'one' ? 1 : arity === 'range' ? 2 : Number.POSITIVE_INFINITY;
  if (values.length > most)
    return fail(`operator ${operator} takes ${most === 1 ? 'one value' : 'two values at most'}`);
  if (values.length === 0) {
    if (arity !== 'list') return fail(`operator ${operator} needs a value`);
    problems.warning(sources.at(source, 'values'), 'an empty list matches nothing');
  }
  const read = values.map((value, i) => readValue(value, i, values, operator, context));
  const whole = read.filter((value) => value !== undefined);
  return whole.length === read.length ? { kind: 'list', values: whole } : undefined;
}

function readValue(
  value: string | number | boolean | null,
  index: number,
  list: readonly unknown[],
  operator: FilterOperator,
  context: FilterContext,
): FilterValue | undefined {
  const { sources, problems } = context;
  const at = sources.at(list, index);
  if (value === null && !NULL_MEANS_SOMETHING.has(operator)) {
    problems.error(at, `null is no value for operator ${operator}`);
    return undefined;
  }
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    problems.error(at, `${sources.text(list, index).text} is too large to be exact; put it in quotes`);
    return undefined;
  }
  if (typeof value !== 'string') return { kind: 'literal', value };
  if (!looksLikeClaim(value)) return { kind: 'literal', value: value.replaceAll(/\\([{}])/g, '$1') };
  if (!/^\s*(\{.*\}|[^{}]*)\s*$/s.test(value)) {
    problems.error(at, 'a claim must be the whole value; write \\{ for a brace');
    return undefined;
  }
  const node = sources.node(list, index);
  const path = readClaim(node?.kind === 'scalar' ? node.text : textAt(value, at), problems);
  return path === undefined ? undefined : { kind: 'claim', path };
}

const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Literals that could never be a value of the dimension's type. */
function checkLiterals(values: FilterValues, type: DimensionType, source: FilterSource, context: FilterContext): void {
  if (values.kind !== 'list') return;
  for (const value of values.values) {
    if (value.kind !== 'literal' || value.value === null) continue;
    const text = String(value.value);
    const fits =
      type === 'time'
        ? DATE.test(text) && isDay(text)
        : type === 'number'
          ? typeof value.value !== 'boolean' && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)
          : type === 'boolean'
            ? text === 'true' || text === 'false'
            : true;
    if (!fits)
      context.problems.error(
        context.sources.at(source, 'values'),
        `"${text}" is no ${type === 'time' ? 'date or timestamp' : type}`,
      );
  }
}

function isDay(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}
