/** The catalog's answer, read in portions. */
import type { CatalogResult } from '../catalog/catalog.ts';
import type { Cursor } from '../session/engine.ts';

export function catalogCursor({ frames, rows }: CatalogResult): Cursor {
  let at = 0;
  let left = rows;
  return {
    fetch: async (maxRows, sink) => {
      const wanted = maxRows === 0 ? left : Math.min(maxRows, left);
      let end = at;
      for (let n = 0; n < wanted; n += 1)
        end += 1 + new DataView(frames.buffer, frames.byteOffset + end + 1, 4).getInt32(0);
      if (wanted > 0) await sink.write(frames.subarray(at, end), wanted);
      at = end;
      left -= wanted;
      return { rows: wanted, done: left === 0 };
    },
    close: async () => {},
  };
}
