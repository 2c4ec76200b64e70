import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The folders and files of the repository that programs run from; the rest of it is for making and testing them. */
export const sources = ['package.json', 'services', 'gateway', 'proto/gen', 'deploy/docker/healthCheck.ts'] as const;

/** Tests and what they are made of. */
const forTests = /(^|\/)(testing|conformance)(\/|$)|(^|\/)(testing|test[A-Z]\w*)\.ts$|\.spec\.ts$/;
const forReaders = /\.md$|(^|\/)include\/|\.proto$/;
/** Of a package: TypeScript, which Node does not run there, and maps back to it. */
const forEditors = /\.([cm]?ts|map|tsbuildinfo|md|markdown)$/;

export function isSourceOfImage(path: string): boolean {
  return !forTests.test(path) && !forReaders.test(path);
}

export function isNeededOfPackage(path: string): boolean {
  return !forEditors.test(path);
}

/** The files below a folder, as paths from the root. */
export async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(root, path) : [path];
    }),
  );
  return found.flat();
}
