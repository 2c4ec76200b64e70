import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CachedFile } from './cachedFile.ts';

const swaggerUi = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const own = join(import.meta.dirname, 'page');

type PageFile = [folder: string, name: string, contentType: string];

/** The page and what it loads, by path; nothing else of those folders is served. */
const files: Record<string, PageFile> & { '/docs': PageFile } = {
  '/docs': [own, 'index.html', 'text/html; charset=utf-8'],
  '/docs/start.js': [own, 'start.js', 'text/javascript; charset=utf-8'],
  '/docs/swagger-ui.css': [swaggerUi, 'swagger-ui.css', 'text/css; charset=utf-8'],
  '/docs/swagger-ui-bundle.js': [swaggerUi, 'swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  '/docs/favicon-32x32.png': [swaggerUi, 'favicon-32x32.png', 'image/png'],
};

/** Whatever the page might load from elsewhere, or run that is not a file of ours, the browser refuses. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const read = new Map<string, Promise<CachedFile>>();

export function isDocsPath(path: string): boolean {
  return path === '/docs/' || Object.hasOwn(files, path);
}

/** A file of the page; what could not be read is tried again the next time. */
export function docsFile(path: string): Promise<CachedFile> {
  const known = read.get(path);
  if (known) return known;
  const [folder, name, contentType] = files[path] ?? files['/docs'];
  const file = readFile(join(folder, name)).then((body) => new CachedFile(contentType, body));
  read.set(path, file);
  file.catch(() => read.delete(path));
  return file;
}
