/** SET, RESET and SET TRANSACTION. */
import type { SettingValue, Statement } from './ast.ts';
import { type Node, type NodeOf, nodeOf, reader, tagged } from './libpg-tree.ts';
import { parseLiteral } from './parse-literal.ts';
import type { ParseSource } from './parse-source.ts';
import { parseTransactionOptions } from './parse-statement.ts';
import { parseType } from './parse-type.ts';

const fields = reader('VariableSetStmt')('kind', 'name', 'args', 'jumble_args', 'is_local', 'location');
const castFields = reader('TypeCast')('arg', 'typeName', 'location');

export function parseSet(source: ParseSource, node: NodeOf<'VariableSetStmt'>): Statement {
  const { kind, name = '', args, is_local: local = false, location } = fields(source, node);
  switch (kind) {
    case 'VAR_SET_VALUE':
      return { kind: 'set', local, name, values: (args ?? []).map((arg) => parseValue(source, arg)) };
    case 'VAR_SET_DEFAULT':
      return { kind: 'set-default', local, name };
    case 'VAR_RESET':
      return { kind: 'reset', name };
    case 'VAR_RESET_ALL':
      return { kind: 'reset', name: 'all' };
    case 'VAR_SET_MULTI':
      if (name === 'TRANSACTION SNAPSHOT') return { kind: 'refused', tag: 'SET TRANSACTION SNAPSHOT', writes: false };
      return {
        kind: 'set-transaction',
        session: name === 'SESSION CHARACTERISTICS',
        options: parseTransactionOptions(source, args),
      };
    default:
      throw source.refuse(`SET ${name} FROM CURRENT`, location);
  }
}

function parseValue(source: ParseSource, node: Node): SettingValue {
  const found = tagged(node);
  if (found?.kind === 'TypeCast') return parseIntervalValue(source, found.node);
  const constant = nodeOf(source, 'A_Const', node);
  const literal = parseLiteral(source, constant);
  switch (literal.kind) {
    case 'number':
      return { kind: 'number', text: literal.text };
    case 'boolean':
      return { kind: 'identifier', text: literal.value ? 'true' : 'false' };
    case 'string': {
      const first = source.text[source.indexOf(constant.location)] ?? '';
      return { kind: startsString(source, constant.location, first) ? 'string' : 'identifier', text: literal.value };
    }
    case 'null':
      throw source.refuse('NULL as a setting', constant.location);
  }
}

/** The grammar keeps no difference between `a` and `'a'`, so the text has to tell. */
function startsString(source: ParseSource, location: number | undefined, first: string): boolean {
  if (first === "'" || first === '$') return true;
  const next = source.text.slice(source.indexOf(location) + 1, source.indexOf(location) + 3);
  return /[eEnN]/.test(first) ? next.startsWith("'") : /[uU]/.test(first) && next === "&'";
}

/** SET TIME ZONE INTERVAL '…' */
function parseIntervalValue(source: ParseSource, node: NodeOf<'TypeCast'>): SettingValue {
  const { arg, typeName, location } = castFields(source, node);
  const literal = parseLiteral(source, nodeOf(source, 'A_Const', arg));
  const type = parseType(source, typeName);
  if (literal.kind !== 'string' || type.path.join('.') !== 'interval') throw source.refuse('this setting', location);
  return { kind: 'string', text: `INTERVAL '${literal.value}'` };
}
