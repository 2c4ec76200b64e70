import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/** Compiles note.proto; answers the path of its descriptor image, which is gone once it is disposed of. */
export function noteImage(): Disposable & { path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'jangbu-note-'));
  const path = join(folder, 'note.binpb');
  const modules = [{ path: 'test/bench/gateway' }, { path: 'proto/gen/include' }];
  const config = JSON.stringify({ version: 'v2', modules });
  execFileSync('buf', ['build', '--config', config, '--as-file-descriptor-set', '-o', path], { cwd: root });
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
