/** A field or kind that no reader lists is refused, so a newer grammar cannot slip a clause past us. */
import { expect, test } from 'vitest';
import { names, nodeOf, reader, tagged } from '../../src/sql/libpg-tree.ts';
import { parseOperator } from '../../src/sql/parse-operator.ts';
import { ParseSource } from '../../src/sql/parse-source.ts';

const source = new ParseSource('SELECT a FROM t');
const read = reader('SortBy')('node', 'location');

test('listed fields are handed back', () => {
  const node = { node: { ParamRef: { number: 1 } }, location: 7 };
  expect(read(source, node)).toBe(node);
});

test('another field is 0A000, with the place', () => {
  expect(() => read(source, { node: { ParamRef: { number: 1 } }, sortby_dir: 'SORTBY_DESC', location: 7 })).toThrow(
    expect.objectContaining({ code: '0A000', message: 'SortBy.sortby_dir is not supported', position: 7 }),
  );
});

test('another kind in the place of one is 0A000', () => {
  expect(() => nodeOf(source, 'List', { ParamRef: { number: 1 } })).toThrow(
    expect.objectContaining({ code: '0A000', message: 'ParamRef in place of List is not supported' }),
  );
  expect(() => nodeOf(source, 'List', undefined)).toThrow(expect.objectContaining({ code: '0A000' }));
  expect(() => names(source, [{ String: { sval: 'a' } }, { A_Star: {} }])).toThrow(
    expect.objectContaining({ code: '0A000' }),
  );
});

test('a NULL in a list is no node', () => {
  expect(tagged({} as never)).toBeUndefined();
  expect(tagged(undefined)).toBeUndefined();
});

test('SIMILAR TO written in a way that the grammar does not have today is 0A000', () => {
  const column = { ColumnRef: { fields: [{ String: { sval: 'a' } }] } };
  expect(() =>
    parseOperator(source, { kind: 'AEXPR_SIMILAR', name: [{ String: { sval: '~' } }], lexpr: column, rexpr: column }),
  ).toThrow(expect.objectContaining({ code: '0A000' }));
});
