/** Constants. Numbers stay text: a JavaScript number would round them. */
import type { Literal } from './ast.ts';
import { type NodeOf, reader } from './libpg-tree.ts';
import type { ParseSource } from './parse-source.ts';

const fields = reader('A_Const')('ival', 'fval', 'boolval', 'sval', 'isnull', 'bsval', 'location');

/** @throws SqlError 0A000 for bit strings, whose type is outside the closed list */
export function parseLiteral(source: ParseSource, node: NodeOf<'A_Const'>): Literal {
  const constant = fields(source, node);
  const at = source.at(constant.location);
  if (constant.isnull) return { kind: 'null', at };
  if (constant.boolval !== undefined) return { kind: 'boolean', value: constant.boolval.boolval ?? false, at };
  if (constant.ival !== undefined) return { kind: 'number', text: String(constant.ival.ival ?? 0), at };
  if (constant.fval !== undefined) return { kind: 'number', text: decimal(constant.fval.fval ?? '0'), at };
  if (constant.sval !== undefined) return { kind: 'string', value: constant.sval.sval ?? '', at };
  throw source.refuse('a bit string', constant.location);
}

/** `1_000.5` → `1000.5`; `0xFFFFFFFFFF`, `0o17…`, `0b1…` → decimal digits, which every warehouse reads. */
function decimal(text: string): string {
  const plain = text.replaceAll('_', '');
  const negative = plain.startsWith('-');
  const digits = negative ? plain.slice(1) : plain;
  if (!/^0[xob]/i.test(digits)) return plain;
  return (negative ? '-' : '') + BigInt(digits).toString();
}
