import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Compiles the contracts of this folder; answers the path of its descriptor image, which is gone once it is disposed of. */
export function labImage(): Disposable & { path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'jangbu-lab-'));
  const path = join(folder, 'lab.binpb');
  const config = JSON.stringify({
    version: 'v2',
    modules: [{ path: 'gateway/testing' }, { path: 'proto/gen/include' }],
  });
  execFileSync(
    join(root, 'node_modules', '.bin', 'buf'),
    ['build', '--config', config, '--as-file-descriptor-set', '-o', path],
    { cwd: root },
  );
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
