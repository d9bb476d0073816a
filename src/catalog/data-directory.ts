/**
 * The prepared data directory: src/catalog/pgdata.tar.gz, made by `npm run prepare:catalog`, loaded by every instance.
 */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { pgliteVersion, shared } from './program.ts';
import { preparationStamp } from './system.ts';

/** The same file from src/catalog (tsx) and from dist/catalog (node): both lie two levels below the package. */
export const DATA_DIRECTORY_FILE = new URL('../../src/catalog/pgdata.tar.gz', import.meta.url);

/** File in the data directory that says what it was made of. */
export const STAMP_FILE = 'semwire_stamp';

/**
 * @returns the tar, unpacked once, for any number of instances
 * @throws Error when it is missing or was made by another version of PGlite (the format is PostgreSQL's own on disk) or from another preparation
 */
export async function loadDataDirectory(file: URL = DATA_DIRECTORY_FILE): Promise<SharedArrayBuffer> {
  const tar = await promisify(gunzip)(await readFile(file));
  const made = readTarFile(tar, STAMP_FILE)?.trim();
  const wanted = preparationStamp(await pgliteVersion());
  if (made !== wanted) {
    throw new Error(
      `the prepared catalog data directory was made by ${made ?? 'something else'}, not by ${wanted}; ` +
        'run npm run prepare:catalog',
    );
  }
  return shared(tar);
}

/** Content of the first file whose name ends so; undefined when there is none. https://www.gnu.org/software/tar/manual/html_node/Standard.html */
function readTarFile(tar: Buffer, name: string): string | undefined {
  const block = 512;
  for (let offset = 0; offset + block <= tar.length; ) {
    const path = tar.toString('latin1', offset, offset + 100).replace(/\0.*$/s, '');
    if (path === '') return undefined;
    const size = Number.parseInt(tar.toString('latin1', offset + 124, offset + 136), 8) || 0;
    if (path === name || path.endsWith(`/${name}`)) return tar.toString('utf8', offset + block, offset + block + size);
    offset += block * (1 + Math.ceil(size / block));
  }
  return undefined;
}
