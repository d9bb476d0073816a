/**
 * Which files of a model folder are the model.
 */
import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, posix } from 'node:path';

export type ModelFile = {
  readonly path: string;
  readonly language: 'yaml' | 'script' | 'template';
  readonly content: string;
};

const MODEL_FOLDERS = ['cubes', 'views'];
/** Beside the model in its folder, and not part of it. */
const NOT_MODEL = /^(semwire\.config|globals|cube)\.[cm]?[jt]s$|\.d\.ts$|\.sc\.ya?ml$/;
const MAX_DEPTH = 20;

/** In the order of their paths, which are relative to the folder. @throws the file system's errors */
export async function modelFiles(folder: string): Promise<readonly ModelFile[]> {
  const top = await readdir(folder, { withFileTypes: true });
  const paths: string[] = [];
  for (const entry of top) {
    if (entry.name.startsWith('.') || NOT_MODEL.test(entry.name)) continue;
    const isFolder = await isDirectory(folder, entry);
    if (!isFolder) paths.push(entry.name);
    else if (MODEL_FOLDERS.includes(entry.name)) paths.push(...(await walk(folder, entry.name, 0)));
  }
  const files: ModelFile[] = [];
  for (const path of paths.sort()) {
    const language = languageOf(path);
    if (language === undefined) continue;
    const content = await readFile(join(folder, path), 'utf8');
    // Other files may lie beside the two folders; Cube's older layout keeps the model's there too.
    if (!path.includes('/') && !isModel(language, content)) continue;
    files.push({ path, language, content });
  }
  return files;
}

function isModel(language: ModelFile['language'], content: string): boolean {
  switch (language) {
    case 'yaml':
      return /^["']?(cubes|views)["']?\s*:/m.test(content);
    case 'script':
      return /\b(cube|view)\s*\(/.test(content);
    case 'template':
      return true;
  }
}

function languageOf(path: string): ModelFile['language'] | undefined {
  // As Cube has it: a YAML file that is a template by its name.
  if (/\.ya?ml\.jinja$/.test(path)) return 'yaml';
  switch (extname(path)) {
    case '.yml':
    case '.yaml':
      return 'yaml';
    case '.js':
    case '.ts':
    case '.mjs':
    case '.cjs':
    case '.mts':
    case '.cts':
      return 'script';
    case '.jinja':
      return 'template';
    default:
      return undefined;
  }
}

async function walk(folder: string, path: string, depth: number): Promise<readonly string[]> {
  if (depth > MAX_DEPTH) throw new Error(`folders nested deeper than ${MAX_DEPTH} below ${path}`);
  const found: string[] = [];
  for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name.endsWith('.d.ts')) continue;
    const inner = posix.join(path, entry.name);
    if (await isDirectory(join(folder, path), entry)) found.push(...(await walk(folder, inner, depth + 1)));
    else found.push(inner);
  }
  return found;
}

/** Links are followed: a mounted ConfigMap consists of them. */
async function isDirectory(parent: string, entry: Dirent): Promise<boolean> {
  return entry.isSymbolicLink() ? (await stat(join(parent, entry.name))).isDirectory() : entry.isDirectory();
}
