import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesBelow, isNeededOfPackage, isSourceOfImage, sources } from './imageFiles.ts';
import { type LockFile, productionPackages } from './productionPackages.ts';

/**
 * Copies what an image holds from a checkout with its node_modules to a folder: the programs' sources and the packages that they
 * need, nothing else. The Dockerfile runs it, and so does the test that starts the programs from the folder.
 */
export async function assemble(root: string, target: string): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  const files: string[] = [];
  for (const source of sources) files.push(...(await sourcesBelow(root, source)));
  for (const folder of productionPackages(lock)) files.push(...(await packageFiles(root, folder)));
  for (const folder of new Set(files.map(dirname))) await mkdir(join(target, folder), { recursive: true });
  await inTurns(files, 32, (file) => copyFile(join(root, file), join(target, file)));
  return files;
}

async function sourcesBelow(root: string, source: string): Promise<string[]> {
  const isFolder = (await stat(join(root, source))).isDirectory();
  return (isFolder ? await filesBelow(root, source) : [source]).filter(isSourceOfImage);
}

/** Without the packages inside it, which the lock file names by themselves. An optional one may not be installed. */
async function packageFiles(root: string, folder: string): Promise<string[]> {
  const isThere = await stat(join(root, folder)).then(
    () => true,
    () => false,
  );
  if (!isThere) return [];
  const files = await filesBelow(root, folder);
  return files.filter((file) => !file.slice(folder.length).includes('/node_modules/') && isNeededOfPackage(file));
}

async function inTurns<T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: most }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = process.argv[2];
  if (!target) throw new Error('usage: node deploy/docker/assemble.ts <folder>');
  const files = await assemble(fileURLToPath(new URL('../..', import.meta.url)), target);
  process.stdout.write(`${files.length} files in ${target}\n`);
}
