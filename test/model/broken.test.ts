/**
 * Every way in which a model can be wrong, one file each in test/models/broken: its first lines say which problems,
 * where and in which words.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';

const folder = new URL('../models/broken/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));

describe('a broken model', () => {
  it.each(files)('%s', async (name) => {
    const content = readFileSync(new URL(name, folder), 'utf8');
    const expected = [...content.matchAll(/^# expect: (.*)$/gm)].map((match) => `cubes/${name}:${match[1]}`);
    expect(expected).not.toEqual([]);
    const model = await mkdtemp(join(tmpdir(), 'semwire-model-'));
    try {
      await mkdir(join(model, 'cubes'));
      await writeFile(join(model, 'cubes', name), content);
      const loaded = await loadModel(model);
      expect(loaded.problems.map(problemText)).toEqual(expected);
      const fails = expected.some((text) => text.includes(': error: '));
      expect(loaded.model === undefined, 'an error, and only an error, leaves no model').toBe(fails);
    } finally {
      await rm(model, { recursive: true });
    }
  });
});
