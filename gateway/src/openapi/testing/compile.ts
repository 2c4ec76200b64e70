import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..', '..');

/** Compiles the text of a .proto file, which may import what this project's contracts import; answers its descriptor image. */
export function compileProto(source: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'jangbu-openapi-'));
  const image = join(folder, 'image.binpb');
  try {
    mkdirSync(join(folder, 'own'));
    writeFileSync(join(folder, 'own', 'test.proto'), source);
    cpSync(join(root, 'proto', 'gen', 'include'), join(folder, 'include'), { recursive: true });
    const config = JSON.stringify({ version: 'v2', modules: [{ path: 'own' }, { path: 'include' }] });
    execFileSync(
      join(root, 'node_modules', '.bin', 'buf'),
      ['build', '--config', config, '--as-file-descriptor-set', '-o', image],
      { cwd: folder },
    );
    return readFileSync(image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Contracts of Google's own, out of the npm package that carries them: far more of them than anybody here would think of. */
export function compileGoogle(...folders: string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'jangbu-openapi-'));
  const image = join(folder, 'image.binpb');
  try {
    const path = 'node_modules/google-proto-files';
    const config = JSON.stringify({ version: 'v2', modules: [{ path }] });
    const chosen = folders.flatMap((each) => ['--path', `${path}/google/${each}`]);
    execFileSync(
      join(root, 'node_modules', '.bin', 'buf'),
      ['build', '--config', config, '--as-file-descriptor-set', '-o', image, ...chosen],
      { cwd: root },
    );
    return readFileSync(image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
