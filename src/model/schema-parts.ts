/** What the schemas of the model files are made of. */
import { z } from 'zod';
import { didYouMean } from './spelling.ts';

/** An object whose every key is known; each unknown one is its own line in the message, in the order of `keys`. */
export function keysOf<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `unknown key "${key}"${didYouMean(key, Object.keys(shape))}`).join('\n')
        : undefined,
  });
}

export const text = z.string();
export const sql = z
  .string()
  .meta({ description: "SQL in the warehouse's own dialect; {CUBE}, {member} and {cube.member} are references." });
export const flag = z.boolean({ error: 'must be true or false' });
