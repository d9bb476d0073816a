/** Statements: queries, what a session answers itself, and what is refused by name. */
import { notSupported, SqlError, SqlState } from '../errors.ts';
import type { ExplainOptions, FetchDirection, Statement, TransactionOption } from './ast.ts';
import { commandTag } from './command-tag.ts';
import { type Node, type NodeOf, nodeOf, reader, tagged } from './libpg-tree.ts';
import { parseCopy } from './parse-copy.ts';
import { parseExprs } from './parse-expression.ts';
import { type Option, optionWord, parseOptions } from './parse-option.ts';
import { parseQuery, parseSelectStmt } from './parse-query.ts';
import { parseSet } from './parse-set.ts';
import type { ParseSource } from './parse-source.ts';
import { parseType } from './parse-type.ts';

/** @throws SqlError 0A000 for clauses that have no node; whole statements that we do not run come back as `refused` */
export function parseStatement(source: ParseSource, node: Node | undefined): Statement {
  const found = tagged(node);
  switch (found?.kind) {
    case 'SelectStmt':
      return { kind: 'query', query: parseSelectStmt(source, found.node) };
    case 'VariableSetStmt':
      return parseSet(source, found.node);
    case 'VariableShowStmt':
      return { kind: 'show', name: showFields(source, found.node).name ?? '' };
    case 'TransactionStmt':
      return parseTransaction(source, found.node);
    case 'ConstraintsSetStmt':
      return { kind: 'set-constraints' };
    case 'PrepareStmt': {
      const { name, argtypes, query } = prepareFields(source, found.node);
      const types = (argtypes ?? []).map((type) => parseType(source, nodeOf(source, 'TypeName', type)));
      return { kind: 'prepare', name: name ?? '', types, statement: parseStatement(source, query) };
    }
    case 'ExecuteStmt': {
      const { name, params } = executeFields(source, found.node);
      return { kind: 'execute', name: name ?? '', args: parseExprs(source, params) };
    }
    case 'DeallocateStmt': {
      const { name, isall } = deallocateFields(source, found.node);
      return { kind: 'deallocate', name: isall ? undefined : name };
    }
    case 'DeclareCursorStmt':
      return parseDeclare(source, found.node);
    case 'FetchStmt': {
      const fetch = fetchFields(source, found.node);
      const direction = parseDirection(source, fetch);
      return { kind: 'fetch', cursor: fetch.portalname ?? '', move: fetch.ismove === true, direction };
    }
    case 'ClosePortalStmt':
      return { kind: 'close', cursor: closeFields(source, found.node).portalname };
    case 'DiscardStmt':
      return { kind: 'discard', what: parseDiscard(source, found.node) };
    case 'CopyStmt':
      return parseCopy(source, found.node);
    case 'ExplainStmt':
      return parseExplain(source, found.node);
    case 'ListenStmt':
      return { kind: 'listen', name: listenFields(source, found.node).conditionname ?? '' };
    case 'UnlistenStmt':
      return { kind: 'unlisten' };
    default:
      if (found === undefined) throw source.refuse('an empty statement', undefined);
      return { kind: 'refused', ...commandTag(found) };
  }
}

const showFields = reader('VariableShowStmt')('name');
const prepareFields = reader('PrepareStmt')('name', 'argtypes', 'query');
const executeFields = reader('ExecuteStmt')('name', 'params');
const deallocateFields = reader('DeallocateStmt')('name', 'isall', 'location');
const closeFields = reader('ClosePortalStmt')('portalname');
const discardFields = reader('DiscardStmt')('target');
const listenFields = reader('ListenStmt')('conditionname');
const transactionFields = reader('TransactionStmt')('kind', 'options', 'savepoint_name', 'gid', 'chain', 'location');

function parseTransaction(source: ParseSource, node: NodeOf<'TransactionStmt'>): Statement {
  const { kind, options, savepoint_name: name = '', chain = false, location } = transactionFields(source, node);
  switch (kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      return { kind: 'begin', options: parseTransactionOptions(source, options) };
    case 'TRANS_STMT_COMMIT':
      return { kind: 'commit', chain };
    case 'TRANS_STMT_ROLLBACK':
      return { kind: 'rollback', chain };
    case 'TRANS_STMT_SAVEPOINT':
      return { kind: 'savepoint', name };
    case 'TRANS_STMT_RELEASE':
      return { kind: 'release', name };
    case 'TRANS_STMT_ROLLBACK_TO':
      return { kind: 'rollback-to', name };
    case 'TRANS_STMT_PREPARE':
      return { kind: 'refused', tag: 'PREPARE TRANSACTION', writes: false };
    case 'TRANS_STMT_COMMIT_PREPARED':
      return { kind: 'refused', tag: 'COMMIT PREPARED', writes: false };
    case 'TRANS_STMT_ROLLBACK_PREPARED':
      return { kind: 'refused', tag: 'ROLLBACK PREPARED', writes: false };
    default:
      throw source.refuse(`${kind}`, location);
  }
}

/** transaction_isolation, transaction_read_only, transaction_deferrable with their values in words. */
export function parseTransactionOptions(source: ParseSource, list: readonly Node[] | undefined): TransactionOption[] {
  return parseOptions(source, list).map((option) => {
    const word = optionWord(source, option) ?? '';
    return { name: option.name, value: option.name === 'transaction_isolation' ? word : word === '0' ? 'off' : 'on' };
  });
}

const declareFields = reader('DeclareCursorStmt')('portalname', 'options', 'query');

/** CURSOR_OPT_* of nodes/parsenodes.h; the plan-cache bits above them are the grammar's own. */
const CURSOR = {
  binary: 0x1,
  scroll: 0x2,
  noScroll: 0x4,
  insensitive: 0x8,
  asensitive: 0x10,
  hold: 0x20,
  fastPlan: 0x100,
};
const CURSOR_BITS = Object.values(CURSOR).reduce((all, bit) => all | bit, 0);

function parseDeclare(source: ParseSource, node: NodeOf<'DeclareCursorStmt'>): Statement {
  const { portalname, options = 0, query } = declareFields(source, node);
  if ((options & ~CURSOR_BITS) !== 0) throw source.refuse(`cursor option ${options}`, undefined);
  return {
    kind: 'declare',
    name: portalname ?? '',
    binary: (options & CURSOR.binary) !== 0,
    scroll: options & CURSOR.scroll ? true : options & CURSOR.noScroll ? false : undefined,
    hold: (options & CURSOR.hold) !== 0,
    query: parseQuery(source, query),
  };
}

const fetchFields = reader('FetchStmt')('direction', 'howMany', 'portalname', 'ismove');

/** FETCH_ALL: LONG_MAX, which has 32 bits in WebAssembly. */
const FETCH_ALL = 0x7fffffff;

function parseDirection(source: ParseSource, fetch: ReturnType<typeof fetchFields>): FetchDirection {
  const count = Number(fetch.howMany ?? 0);
  switch (fetch.direction) {
    case 'FETCH_ABSOLUTE':
      return { kind: 'absolute', count };
    case 'FETCH_RELATIVE':
      return { kind: 'relative', count };
    case 'FETCH_FORWARD':
    case 'FETCH_BACKWARD': {
      if (count === FETCH_ALL)
        return { kind: fetch.direction === 'FETCH_FORWARD' ? 'forward' : 'backward', count: 'all' };
      // A negative count turns the direction round (FETCH, in PostgreSQL's reference).
      const forward = (fetch.direction === 'FETCH_FORWARD') === count >= 0;
      return { kind: forward ? 'forward' : 'backward', count: Math.abs(count) };
    }
    default:
      throw source.refuse(`${fetch.direction}`, undefined);
  }
}

function parseDiscard(source: ParseSource, node: NodeOf<'DiscardStmt'>): 'all' | 'plans' | 'sequences' | 'temp' {
  const { target } = discardFields(source, node);
  switch (target) {
    case 'DISCARD_ALL':
      return 'all';
    case 'DISCARD_PLANS':
      return 'plans';
    case 'DISCARD_SEQUENCES':
      return 'sequences';
    case 'DISCARD_TEMP':
      return 'temp';
    default:
      throw source.refuse(`${target}`, undefined);
  }
}

const explainFields = reader('ExplainStmt')('query', 'options');

/** Options about what PostgreSQL's own plans show and ours have not. */
const EXPLAIN_IGNORED: ReadonlySet<string> = new Set([
  'verbose',
  'costs',
  'settings',
  'generic_plan',
  'buffers',
  'serialize',
  'wal',
  'timing',
  'memory',
]);

function parseExplain(source: ParseSource, node: NodeOf<'ExplainStmt'>): Statement {
  const { query, options } = explainFields(source, node);
  let analyze = false;
  let summary: boolean | undefined;
  let format: ExplainOptions['format'] = 'text';
  const isOn = (option: Option): boolean => !/^(false|off|0)$/i.test(optionWord(source, option) ?? 'true');
  for (const option of parseOptions(source, options)) {
    if (option.name === 'analyze') analyze = isOn(option);
    else if (option.name === 'summary') summary = isOn(option);
    else if (option.name === 'format') format = explainFormat(optionWord(source, option) ?? '', option.at);
    else if (!EXPLAIN_IGNORED.has(option.name)) {
      throw new SqlError(SqlState.syntaxError, `unrecognized EXPLAIN option "${option.name}"`, { position: option.at });
    }
  }
  return {
    kind: 'explain',
    statement: parseStatement(source, query),
    analyze,
    format,
    summary: summary ?? analyze,
  };
}

/** @throws SqlError 22023 for what is no format of PostgreSQL's, 0A000 for one that is not ours */
function explainFormat(format: string, position: number | undefined): ExplainOptions['format'] {
  switch (format) {
    case 'text':
    case 'json':
      return format;
    case 'xml':
    case 'yaml':
      throw notSupported(`EXPLAIN (FORMAT ${format.toUpperCase()})`, { hint: 'Use FORMAT JSON.', position });
    default: {
      const message = `unrecognized value for EXPLAIN option "format": "${format}"`;
      throw new SqlError(SqlState.invalidParameterValue, message, { position });
    }
  }
}
