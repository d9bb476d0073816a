/** The grammar of cuts, each example of DataBrewery's own, and what is none of it. */
import { describe, expect, it } from 'vitest';
import { readCutObject } from '../../src/access/rights/cut-object.ts';
import { CutError, readCutText, writeCut } from '../../src/access/rights/cut-text.ts';
import type { Cut } from '../../src/access/rights/rights.ts';
import { parseJson } from '../../src/model/json.ts';
import { gatherProblems } from '../../src/model/problems.ts';
import { textAt } from '../../src/model/source.ts';

const AT = { file: 'rights.json', line: 1, column: 1 };

/** `!dim@hier` and the selection: `point a,b`, `set a | b,c`, `range a .. b`; NULL stands for a row without a value. */
function show({ inverted, dimension, hierarchy, selection }: Cut): string {
  const path = (values: readonly (string | null)[]): string =>
    values.map((value) => (value === null ? 'NULL' : `<${value}>`)).join(',');
  const name = `${inverted ? '!' : ''}${dimension}${hierarchy === undefined ? '' : `@${hierarchy}`}`;
  switch (selection.kind) {
    case 'point':
      return `${name} point ${path(selection.path)}`;
    case 'set':
      return `${name} set ${selection.paths.map(path).join(' | ')}`;
    case 'range':
      return `${name} range ${path(selection.from ?? [])} .. ${path(selection.to ?? [])}`;
  }
}

function outcome(read: () => Cut): string {
  try {
    return show(read());
  } catch (error) {
    if (error instanceof CutError) return `error at ${error.at.column}: ${error.message}`;
    throw error;
  }
}

const text = (cut: string): string =>
  outcome(() => readCutText({ text: cut, at: (offset) => ({ ...AT, column: offset + 1 }) }));

describe('a cut as text', () => {
  it.each<[string, string]>([
    ['date:2010', 'date point <2010>'],
    ['date:2004,6', 'date point <2004>,<6>'],
    ['date:2010-2012', 'date range <2010> .. <2012>'],
    ['date:2004,6,1-2005,12', 'date range <2004>,<6>,<1> .. <2005>,<12>'],
    ['date@dqmy:2010,1', 'date@dqmy point <2010>,<1>'],
    ['geo@x:sk;us', 'geo@x set <sk> | <us>'],
    ['geo:sk,ba;us', 'geo set <sk>,<ba> | <us>'],
    ['!geo:sk', '!geo point <sk>'],
    ['!date@ymd:2010-', '!date@ymd range <2010> .. '],
    ['foo:a\\-b', 'foo point <a-b>'],
    ['foo:\\-5', 'foo point <-5>'],
    ['foo:\\-5-\\-1', 'foo range <-5> .. <-1>'],
    ['foo:a\\:b', 'foo point <a:b>'],
    ['foo:a\\|b', 'foo point <a|b>'],
    ['foo:a\\;b', 'foo point <a;b>'],
    ['foo:a\\,b', 'foo point <a,b>'],
    ['foo:a\\!b', 'foo point <a!b>'],
    ['foo:a\\\\b', 'foo point <a\\b>'],
    ['foo:a!b', 'foo point <a!b>'],
    ['foo:__null__', 'foo point NULL'],
    ['foo:a,__null__;__null__', 'foo set <a>,NULL | NULL'],
    ['foo:\\__null__', 'foo point <__null__>'],
    ['foo:__null__x', 'foo point <__null__x>'],
    ['foo:', 'foo point <>'],
    ['foo:,', 'foo point <>,<>'],
    ['foo:a;', 'foo set <a> | <>'],
    ['foo:-', 'foo range  .. '],
    ['foo:2010-', 'foo range <2010> .. '],
    ['foo:-2010', 'foo range  .. <2010>'],
    ['foo: a b ', 'foo point < a b >'],
    ["foo:x' OR '1'='1", "foo point <x' OR '1'='1>"],
    ['foo:ключ', 'foo point <ключ>'],
  ])('%s', (cut, expected) => {
    expect(text(cut)).toBe(expected);
    const read = readCutText(textAt(cut, AT));
    expect(show(readCutText(textAt(writeCut(read), AT)))).toBe(expected);
  });

  const NONE = (cut: string): string =>
    `error at 1: "${cut}" is no cut: a dimension and its values are expected, such as "geo:sk;us"`;
  it.each<[string, string]>([
    ['', NONE('')],
    ['geo', NONE('geo')],
    [':sk', NONE(':sk')],
    [' geo:sk', NONE(' geo:sk')],
    ['date-x:1', NONE('date-x:1')],
    ['geo@:sk', NONE('geo@:sk')],
    ['@x:sk', NONE('@x:sk')],
    ['!!geo:sk', NONE('!!geo:sk')],
    ['1geo:sk', NONE('1geo:sk')],
    ['orders.geo:sk', NONE('orders.geo:sk')],
    ['date:2010-2012|geo@x:sk;us', 'error at 15: "|" in a value is written "\\|"; each cut is an item of its own'],
    ['foo:a:b', 'error at 6: ":" in a value is written "\\:"; each cut is an item of its own'],
    ['foo:1-2-3', 'error at 7: a range has two ends; "\\-" is a minus sign'],
    ['foo:--', 'error at 6: a range has two ends; "\\-" is a minus sign'],
    ['foo:1-2;3-4', 'error at 5: a set of ranges is no cut; "\\-" is a minus sign'],
    ['foo:__null__-3', 'error at 5: __null__ is no end of a range'],
    ['foo:3-1,__null__', 'error at 9: __null__ is no end of a range'],
    ['foo:a\\', 'error at 6: nothing follows the backslash'],
  ])('%s is none', (cut, expected) => {
    expect(text(cut)).toBe(expected);
  });
});

describe('a cut as an object', () => {
  const object = (json: string): string =>
    outcome(() => {
      const problems = gatherProblems();
      const node = parseJson('rights.json', json, problems);
      if (node?.kind !== 'map') throw new Error(JSON.stringify(problems.list()));
      return readCutObject(node);
    });

  it.each<[string, string]>([
    ['{"type": "point", "dimension": "d", "path": ["1"]}', 'd point <1>'],
    [
      '{"type": "POINT", "dimension": "d", "hierarchy": null, "path": [1, null, true, "x"]}',
      'd point <1>,NULL,<true>,<x>',
    ],
    ['{"type": "point", "dimension": "d", "path": [9007199254740993]}', 'd point <9007199254740993>'],
    [
      '{"type": "set", "dimension": "d", "hierarchy": "h", "invert": true, "paths": [["a"], ["b", "c"]]}',
      '!d@h set <a> | <b>,<c>',
    ],
    ['{"type": "range", "dimension": "d", "from": ["1"], "to": ["2", "3"]}', 'd range <1> .. <2>,<3>'],
    ['{"type": "range", "dimension": "d", "from": null, "to": ["2"]}', 'd range  .. <2>'],
    ['{"type": "range", "dimension": "d", "from": ["2"]}', 'd range <2> .. '],
    // As to_dict() writes it.
    [
      '{"type": "point", "dimension": "d", "hierarchy": "default", "level_depth": 1, "invert": false, "hidden": true, "path": ["1"]}',
      'd@default point <1>',
    ],
    // In an object no character has a meaning.
    ['{"type": "point", "dimension": "d", "path": ["a-b;c,d", "__null__"]}', 'd point <a-b;c,d>,<__null__>'],
  ])('%s', (json, expected) => {
    expect(object(json)).toBe(expected);
  });

  it.each<[string, string]>([
    ['{"dimension": "d", "path": ["1"]}', 'error at 1: "type" of a cut is one of point, set, range'],
    ['{"type": "points", "dimension": "d", "path": ["1"]}', 'error at 10: "type" of a cut is one of point, set, range'],
    ['{"type": "point", "path": ["1"]}', 'error at 1: a cut needs a dimension'],
    ['{"type": "point", "dimension": "d@h", "path": ["1"]}', 'error at 32: "dimension" must be a name'],
    ['{"type": "point", "dimension": "d", "paths": ["1"]}', 'error at 37: unknown key "paths" (did you mean "path"?)'],
    ['{"type": "point", "dimension": "d"}', 'error at 1: a path must be a list'],
    ['{"type": "point", "dimension": "d", "path": []}', 'error at 45: a path needs a value'],
    ['{"type": "point", "dimension": "d", "path": "1"}', 'error at 45: a path must be a list'],
    ['{"type": "point", "dimension": "d", "path": [["1"]]}', 'error at 46: a path is a list of values'],
    ['{"type": "set", "dimension": "d", "paths": []}', 'error at 1: a set needs a path'],
    ['{"type": "set", "dimension": "d", "paths": ["a"]}', 'error at 45: a path must be a list'],
    ['{"type": "range", "dimension": "d", "from": ["1", null]}', 'error at 45: null is no end of a range'],
    [
      '{"type": "point", "dimension": "d", "path": ["1"], "invert": "yes"}',
      'error at 62: "invert" must be true or false',
    ],
  ])('%s is none', (json, expected) => {
    expect(object(json)).toBe(expected);
  });
});

it('a text that is no cut tells where it stands', () => {
  expect(() => readCutText(textAt('geo', AT))).toThrow(CutError);
});
