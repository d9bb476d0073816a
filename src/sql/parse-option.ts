/** Lists of named options: `(format csv, header)`, `ISOLATION LEVEL … READ ONLY`. */
import { type Node, nodeOf, reader, tagged } from './libpg-tree.ts';
import { parseLiteral } from './parse-literal.ts';
import type { ParseSource } from './parse-source.ts';

export type Option = { readonly name: string; readonly arg: Node | undefined; readonly at: number | undefined };

const fields = reader('DefElem')('defname', 'arg', 'defaction', 'location');

export function parseOptions(source: ParseSource, list: readonly Node[] | undefined): Option[] {
  return (list ?? []).map((node) => {
    const { defname, arg, location } = fields(source, nodeOf(source, 'DefElem', node));
    return { name: defname ?? '', arg, at: source.at(location) };
  });
}

/** The value as a word (`on`, `csv`, `1`), undefined when the option stands alone. @throws SqlError 0A000 for a list */
export function optionWord(source: ParseSource, option: Option): string | undefined {
  const arg = tagged(option.arg);
  switch (arg?.kind) {
    case undefined:
      return undefined;
    case 'String':
      return arg.node.sval ?? '';
    case 'Integer':
      return String(arg.node.ival ?? 0);
    case 'Float':
      return arg.node.fval ?? '';
    case 'Boolean':
      return arg.node.boolval ? 'true' : 'false';
    case 'A_Const': {
      const literal = parseLiteral(source, arg.node);
      if (literal.kind === 'number') return literal.text;
      if (literal.kind === 'string') return literal.value;
      throw source.refuse(`this value of option "${option.name}"`, arg.node.location);
    }
    default:
      throw source.refuse(`this value of option "${option.name}"`, undefined);
  }
}
