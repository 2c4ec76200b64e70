// Writes everything that follows from the contracts into proto/gen:
//   include/     the foreign .proto files our contracts import, out of the npm packages that carry them
//   es/          messages, enums and service descriptors for TypeScript
//   image.binpb  the whole contract as a FileDescriptorSet, for the gateway and for `grpcurl -protoset`
// and then what follows from the contracts and the calls together: the mesh's policies and routes (deploy/graph).
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { printProto } from './printProto.ts';

const root = join(import.meta.dirname, '..');
const gen = join(root, 'proto', 'gen');
const include = join(gen, 'include');
const googleFiles = [
  'google/api/annotations.proto',
  'google/api/http.proto',
  'google/api/httpbody.proto',
  'google/rpc/code.proto',
  'google/rpc/error_details.proto',
  'google/rpc/status.proto',
];

for (const file of googleFiles) {
  mkdirSync(dirname(join(include, file)), { recursive: true });
  copyFileSync(join(root, 'node_modules', 'google-proto-files', file), join(include, file));
}
mkdirSync(join(include, 'buf', 'validate'), { recursive: true });
writeFileSync(join(include, 'buf', 'validate', 'validate.proto'), printProto(file_buf_validate_validate));

const buf = (...args: string[]) =>
  execFileSync(join(root, 'node_modules', '.bin', 'buf'), args, {
    cwd: root,
    stdio: 'inherit',
  });
// Into a folder of its own first: a service that starts meanwhile must find its modules.
const fresh = mkdtempSync(join(tmpdir(), 'jangbu-generate-'));
try {
  buf('generate', '--template', 'proto/buf.gen.yaml', '--output', fresh);
  buf('build', '--as-file-descriptor-set', '-o', join(fresh, 'proto', 'gen', 'image.binpb'));
  cpSync(join(fresh, 'proto', 'gen'), gen, { recursive: true });
  removeObsolete(join(gen, 'es'), join(fresh, 'proto', 'gen', 'es'));
} finally {
  rmSync(fresh, { recursive: true });
}
// In a process of its own, which imports what has just been written.
execFileSync(process.execPath, [join(root, 'deploy', 'graph', 'generate.ts')], { cwd: root, stdio: 'inherit' });

function removeObsolete(folder: string, wanted: string): void {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!existsSync(join(wanted, entry))) rmSync(join(folder, entry), { recursive: true, force: true });
  }
}
