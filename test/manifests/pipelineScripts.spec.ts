import { execFile } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { requireProgram } from '../../deploy/local/foreignProgram.ts';
import { pathWithKubectl } from '../harness/kubectl.ts';
import { digest, PipelineTools, root } from './pipelineTools.ts';

const run = promisify(execFile);
const scripts = globSync('deploy/ci/scripts/*.sh', { cwd: root }).toSorted();

let tools: PipelineTools;
beforeEach(async () => {
  tools = await PipelineTools.make();
});
afterEach(() => tools[Symbol.asyncDispose]());

describe('MESH-6 the scripts', () => {
  test('MESH-6 shellcheck finds nothing', async () => {
    const file = requireProgram({
      name: 'shellcheck',
      folders: () => ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
      debianPackage: 'shellcheck',
      advice: 'install it (Debian: apt-get install shellcheck; macOS: brew install shellcheck)',
    });
    await run(file, ['--external-sources', '.ci/run', ...scripts], { cwd: root });
    const bad = join(tools.folder, 'bad.sh');
    await writeFile(bad, '#!/usr/bin/env bash\ncd $1\n');
    await expect(run(file, [bad])).rejects.toThrow();
  });

  test.each(scripts.filter((file) => !file.endsWith('/lib.sh')))(
    'MESH-6 %s stops at the first fault, can be run, and only prints with --dry-run',
    async (file) => {
      expect(readFileSync(join(root, file), 'utf8')).toContain('\nset -euo pipefail\n');
      expect(statSync(join(root, file)).mode & 0o111).not.toBe(0);
      const { code, output } = await tools.script(basename(file, '.sh'), ['dev', '--dry-run']);
      expect(output).toMatch(/^(docker|cosign|syft|grype|kubectl|curl) /m);
      expect(code).toBe(0);
      expect(await tools.calls()).toEqual([]);
    },
  );

  test('MESH-6 the image that is signed, listed and deployed is the one that was built, by its digest', async () => {
    await tools.tell(
      'docker',
      `while [ $# -gt 1 ]; do [ "$1" = --metadata-file ] && echo '{"containerimage.digest":"${digest}"}' > "$2"; shift; done`,
    );
    const path = { PATH: `${join(tools.folder, 'bin')}:${join(process.execPath, '..')}:/usr/bin:/bin` };
    for (const name of ['build-image', 'sbom', 'scan-image', 'sign-image']) {
      expect(await tools.script(name, [], path)).toMatchObject({ code: 0 });
    }
    const named = (await tools.calls()).filter((call) => /^(cosign|syft)/.test(call));
    expect(named).toHaveLength(3);
    for (const call of named) expect(call).toContain(`ghcr.io/jangbu/jangbu@${digest}`);
  });

  test.each([
    ['build-image', 'docker'],
    ['sbom', 'syft'],
    ['sbom', 'cosign'],
    ['scan-image', 'grype'],
    ['sign-image', 'cosign'],
    ['render', 'kubectl'],
    ['keep-release', 'kubectl'],
  ])('MESH-6 %s fails where %s does', async (script, tool) => {
    const path = { PATH: `${join(tools.folder, 'bin')}:${join(process.execPath, '..')}:/usr/bin:/bin` };
    await writeFile(join(tools.out, 'dev.yaml'), 'kind: Job\n');
    await tools.tell(tool, 'exit 3');
    expect((await tools.script(script, ['dev'], { ...path, IMAGE_DIGEST: digest })).code).not.toBe(0);
  });

  test('MESH-6 without a digest nothing is signed or rendered', async () => {
    await writeFile(join(tools.out, 'dev.yaml'), 'kind: Job\n');
    for (const args of [['sign-image'], ['sbom'], ['render', 'dev'], ['check', 'dev']] as const) {
      const [name, ...rest] = args;
      expect(await tools.script(name, [...rest])).toMatchObject({
        code: 1,
        output: expect.stringContaining('no digest'),
      });
    }
    expect((await tools.script('deploy', ['../prod'])).output).toContain('not the name of an overlay');
    expect(await tools.calls()).toEqual([]);
  });
});

describe('MESH-6 rendering', () => {
  /** A repository of its own with one small overlay, and the scripts. */
  async function aRepository(manifests: object[]): Promise<string> {
    const repository = join(tools.folder, 'repository');
    await cp(join(root, 'deploy/ci/scripts'), join(repository, 'deploy/ci/scripts'), { recursive: true });
    const overlay = join(repository, 'deploy/k8s/overlays/small');
    await mkdir(overlay, { recursive: true });
    await writeFile(join(overlay, 'all.yaml'), manifests.map((manifest) => stringify(manifest)).join('---\n'));
    await writeFile(join(overlay, 'kustomization.yaml'), stringify({ resources: ['all.yaml'] }));
    return repository;
  }
  const render = (repository: string) =>
    run(join(repository, 'deploy/ci/scripts/render.sh'), ['small'], {
      env: { PATH: pathWithKubectl(), HOME: process.env.HOME, IMAGE_DIGEST: digest, IMAGE: 'registry.test/jangbu' },
    });
  const object = (kind: string, image: string) => ({
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: kind.toLowerCase() },
    spec: { template: { spec: { containers: [{ name: 'one', image }] } } },
  });

  test('MESH-6 names our image by its digest, and sets apart what comes before the programs', async () => {
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'said' },
      data: { text: 'kind: Deployment' },
    };
    const programs = ['Deployment', 'Job'].map((kind) => object(kind, 'ghcr.io/jangbu/jangbu:0.1.0'));
    const scaler = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name: 'deployment' } };
    const repository = await aRepository([settings, scaler, ...programs]);
    await render(repository);
    const rendered = async (name: string) =>
      parseAllDocuments(await readFile(join(repository, '.ci/out', name), 'utf8')).flatMap((document) =>
        document.contents ? [document.toJS() as ReturnType<typeof object>] : [],
      );
    const all = await rendered('small.yaml');
    const before = await rendered('small.before.yaml');
    expect(all.map(({ kind }) => kind).toSorted()).toEqual(['ConfigMap', 'Deployment', 'Job', 'ScaledObject']);
    expect(before).toEqual(all.filter(({ kind }) => ['ConfigMap', 'Job'].includes(kind)));
    for (const { spec } of all.filter(({ kind }) => ['Deployment', 'Job'].includes(kind)))
      expect(spec.template.spec.containers[0]?.image).toBe(`registry.test/jangbu@${digest}`);
  });

  test('MESH-6 refuses an image of ours that is not named by its digest', async () => {
    const repository = await aRepository([object('Deployment', 'registry.test/jangbu:latest')]);
    await expect(render(repository)).rejects.toThrow('not named by its digest');
  });
});
