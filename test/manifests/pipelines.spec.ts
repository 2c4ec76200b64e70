import { execFile } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { serviceNames } from '#shared/config/service';
import { requireProgram } from '../../deploy/local/foreignProgram.ts';
import { pathWithKubectl } from '../harness/kubectl.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const scripts = globSync('deploy/ci/scripts/*.sh', { cwd: root }).toSorted();
const programs = [...serviceNames, 'gateway'];
const digest = `sha256:${'a'.repeat(64)}`;

/** Tools that the scripts use; each notes what it was called with, and fails where the test says so. */
const tools = ['docker', 'cosign', 'syft', 'grype', 'kubectl', 'curl'];
let folder: string;
let calls: () => Promise<string[]>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangbu-pipeline-'));
  const log = join(folder, 'calls');
  await writeFile(log, '');
  await mkdir(join(folder, 'bin'));
  for (const tool of tools) await tellTool(tool, '');
  calls = async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a tool does after it has noted the call. */
async function tellTool(tool: string, behaviour: string): Promise<void> {
  const file = join(folder, 'bin', tool);
  await writeFile(file, `#!/usr/bin/env bash\necho "${tool} $*" >> '${join(folder, 'calls')}'\n${behaviour}\n`);
  await chmod(file, 0o755);
}

async function script(name: string, args: string[], env: Record<string, string> = {}) {
  try {
    const { stdout, stderr } = await run(join(root, 'deploy/ci/scripts', `${name}.sh`), args, {
      env: {
        PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
        OUT_DIR: join(folder, 'out'),
        GATEWAY_URL: 'https://gateway.test',
        SMOKE_TOKEN: 'operators-token',
        SMOKE_ATTEMPTS: '2',
        SMOKE_PAUSE: '0',
        ...env,
      },
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

/** A cluster as deploy.sh finds it: something to deploy, and the version before running. */
async function aCluster(): Promise<Record<string, string>> {
  await mkdir(join(folder, 'out'));
  for (const file of ['dev.yaml', 'dev.before.yaml']) await writeFile(join(folder, 'out', file), 'kind: Job\n');
  await tellTool('kubectl', 'case "$*" in *jsonpath*) printf "billing 7\\ngateway 3\\n" ;; *" diff "*) exit 1 ;; esac');
  await tellTool('curl', 'case "$*" in *--header*|*/readyz) printf 200 ;; *) printf 401 ;; esac');
  return { IMAGE_DIGEST: digest };
}

describe('MESH-6 the scripts', () => {
  test('MESH-6 shellcheck finds nothing', async () => {
    const file = requireProgram({
      name: 'shellcheck',
      folders: () => ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
      debianPackage: 'shellcheck',
      advice: 'install it (Debian: apt-get install shellcheck; macOS: brew install shellcheck)',
    });
    await run(file, ['--external-sources', ...scripts], { cwd: root });
    await writeFile(join(folder, 'bad.sh'), '#!/usr/bin/env bash\ncd $1\n');
    await expect(run(file, [join(folder, 'bad.sh')])).rejects.toThrow();
  });

  test.each(scripts.filter((file) => !file.endsWith('/lib.sh')))(
    'MESH-6 %s stops at the first fault, can be run, and only prints with --dry-run',
    async (file) => {
      expect(textOf(file)).toContain('\nset -euo pipefail\n');
      expect(statSync(join(root, file)).mode & 0o111).not.toBe(0);
      const { code, output } = await script(basename(file, '.sh'), ['dev', '--dry-run']);
      expect(output).toMatch(/^(docker|cosign|syft|grype|kubectl|curl) /m);
      expect(code).toBe(0);
      expect(await calls()).toEqual([]);
    },
  );

  test('MESH-6 the image that is signed, listed and deployed is the one that was built, by its digest', async () => {
    await tellTool(
      'docker',
      `while [ $# -gt 1 ]; do [ "$1" = --metadata-file ] && echo '{"containerimage.digest":"${digest}"}' > "$2"; shift; done`,
    );
    const path = { PATH: `${join(folder, 'bin')}:${join(process.execPath, '..')}:/usr/bin:/bin` };
    for (const name of ['build-image', 'sbom', 'scan-image', 'sign-image']) {
      expect(await script(name, [], path)).toMatchObject({ code: 0 });
    }
    const named = (await calls()).filter((call) => /^(cosign|syft)/.test(call));
    expect(named).toHaveLength(3);
    for (const call of named) expect(call).toContain(`ghcr.io/jangbu/jangbu@${digest}`);
  });

  test('MESH-6 without a digest nothing is signed or rendered', async () => {
    for (const args of [['sign-image'], ['sbom'], ['deploy', 'dev']] as const) {
      const [name, ...rest] = args;
      expect((await script(name, [...rest])).code).toBe(1);
    }
    expect((await script('deploy', ['../prod'])).output).toContain('not the name of an overlay');
    expect(await calls()).toEqual([]);
  });
});

describe('MESH-6 rendering', () => {
  /** A repository of its own with one small overlay, and the scripts. */
  async function aRepository(manifests: object[]): Promise<string> {
    const repository = join(folder, 'repository');
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
    const repository = await aRepository([settings, ...programs]);
    await render(repository);
    const rendered = async (name: string) =>
      parseAllDocuments(await readFile(join(repository, '.ci/out', name), 'utf8')).flatMap((document) =>
        document.contents ? [document.toJS() as ReturnType<typeof object>] : [],
      );
    const all = await rendered('small.yaml');
    const before = await rendered('small.before.yaml');
    expect(all.map(({ kind }) => kind).toSorted()).toEqual(['ConfigMap', 'Deployment', 'Job']);
    expect(before).toEqual(all.filter(({ kind }) => kind !== 'Deployment'));
    for (const { spec } of all.filter(({ kind }) => kind !== 'ConfigMap'))
      expect(spec.template.spec.containers[0]?.image).toBe(`registry.test/jangbu@${digest}`);
  });

  test('MESH-6 refuses an image of ours that is not named by its digest', async () => {
    const repository = await aRepository([object('Deployment', 'registry.test/jangbu:latest')]);
    await expect(render(repository)).rejects.toThrow('not named by its digest');
  });
});

describe('MESH-6 a release', () => {
  const undone = (all: string[]) => all.filter((call) => call.includes('rollout undo'));
  const applied = (all: string[]) => all.filter((call) => call.includes(' apply '));

  test('MESH-6 checks the signature, shows the difference, migrates, deploys, waits and asks, in this order', async () => {
    const env = await aCluster();
    expect(await script('release', ['dev'], env)).toMatchObject({ code: 0 });
    const order = [
      /^cosign verify /,
      / delete jobs /,
      / diff /,
      / apply .*dev\.before\.yaml/,
      / wait jobs /,
      / apply .*dev\.yaml/,
      / rollout status /,
      /^curl /,
    ];
    const all = await calls();
    const places = order.map((what) => all.findIndex((call) => what.test(call)));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(
      all.filter((call) => call.includes('rollout status')).map((call) => call.match(/deployment\/(\w+)/)?.[1]),
    ).toEqual(programs);
    expect(undone(all)).toEqual([]);
    // Whoever lists the processes of the machine reads no token.
    expect(all.join('\n')).not.toContain('operators-token');
  });

  test.each([
    ['an image that nobody has signed', 'cosign', 'exit 1'],
    ['manifests that the cluster does not take', 'kubectl', 'case "$*" in diff*) exit 2 ;; esac'],
  ])('MESH-6 %s changes nothing', async (_what, tool, behaviour) => {
    const env = await aCluster();
    await tellTool(tool, behaviour);
    expect((await script('release', ['dev'], env)).code).not.toBe(0);
    expect(applied(await calls())).toEqual([]);
    expect(undone(await calls())).toEqual([]);
  });

  test('MESH-6 migrations that fail leave the programs as they are', async () => {
    const env = await aCluster();
    await tellTool('kubectl', 'case "$*" in *jsonpath*) echo "billing 7" ;; *"wait jobs"*) exit 1 ;; esac');
    expect((await script('release', ['dev'], env)).code).not.toBe(0);
    expect(applied(await calls())).toEqual([expect.stringContaining('dev.before.yaml')]);
  });

  test.each([
    [
      'a rollout that does not end',
      'kubectl',
      'case "$*" in *jsonpath*) printf "billing 7\\ngateway 3\\n" ;; *"status deployment/rating"*) exit 1 ;; esac',
    ],
    ['a gateway that does not answer', 'curl', 'printf 503'],
    ['a gateway that lets strangers in', 'curl', 'printf 200'],
  ])('MESH-6 %s is rolled back to what ran before, and the release fails', async (_what, tool, behaviour) => {
    const env = await aCluster();
    await tellTool(tool, behaviour);
    const { code, output } = await script('release', ['dev'], env);
    expect(code).toBe(1);
    expect(output).toContain('dev was rolled back');
    expect(undone(await calls())).toEqual([
      'kubectl --namespace jangbu rollout undo deployment/billing --to-revision 7',
      'kubectl --namespace jangbu rollout undo deployment/gateway --to-revision 3',
    ]);
  });
});

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<
    string,
    { steps: { uses?: string; run?: string; name?: string }[]; permissions?: Record<string, string> }
  >;
}

/** The project's own programs that a text calls, in order. */
const called = (text: string) => text.match(/(\.ci\/run|deploy\/ci\/scripts\/[a-z-]+\.sh)/g) ?? [];

describe('MESH-6 GitHub Actions', () => {
  const file = 'deploy/ci/github-actions.yml';
  const workflow = parse(textOf(file)) as Workflow;

  test("MESH-6 the workflow fits GitHub's schema", () => {
    // The schema says more about its types than ajv's strict mode understands.
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const validate = ajv.compile(JSON.parse(textOf('test/fixtures/schemas/github-workflow.json')));
    expect(validate(workflow), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...workflow, jobs: { test: { steps: [] } } })).toBe(false);
    expect(validate({ ...workflow, jobz: {} })).toBe(false);
  });

  test('MESH-6 what it calls is there, and nothing else is done in it', () => {
    const runs = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap((step) => step.run ?? []));
    for (const path of runs.flatMap(called)) expect(statSync(join(root, path)).mode & 0o111, path).not.toBe(0);
    const byHand = runs.filter((text) => called(text).length === 0);
    expect(
      byHand.every((text) => /GITHUB_PATH|GITHUB_ENV/.test(text)),
      byHand.join('\n'),
    ).toBe(true);
  });

  test('MESH-6 actions are pinned by commit, or by version with the reason why', () => {
    const lines = textOf(file).split('\n');
    const uses = lines.flatMap((line, index) =>
      /^\s+- uses: /.test(line) ? [{ line, before: lines[index - 1] ?? '' }] : [],
    );
    expect(uses.length).toBe(
      Object.values(workflow.jobs).flatMap(({ steps }) => steps.filter((step) => step.uses)).length,
    );
    for (const { line, before } of uses) {
      const byCommit = /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line);
      expect(byCommit || (/@v\d+/.test(line) && before.includes('# By version: ')), line).toBe(true);
    }
  });

  test('MESH-6 a job may do what it must and no more', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const [name, { permissions = {} }] of Object.entries(workflow.jobs)) {
      const writes = Object.entries(permissions).flatMap(([what, level]) => (level === 'write' ? [what] : []));
      expect(writes, name).toEqual(name === 'image' ? ['packages', 'id-token'] : []);
    }
  });
});

/** There is no schema of Jenkinsfiles and no Jenkins here: this reads as much of the declarative form as the tests below need. */
function blocksOf(text: string): { path: string[]; line: string }[] {
  const path: string[] = [];
  const found: { path: string[]; line: string }[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/^\s*\/\/.*$/, '').trim();
    if (line === '') continue;
    const bare = line.replace(/'[^']*'|"[^"]*"/g, '');
    const opened = (bare.match(/\{/g) ?? []).length;
    const closed = (bare.match(/\}/g) ?? []).length;
    found.push({ path: [...path], line });
    if (opened > closed) path.push(line.replace(/\s*\{$/, ''));
    else if (closed > opened && path.pop() === undefined) throw new Error(`one brace too many: ${line}`);
  }
  if (path.length > 0) throw new Error(`not closed: ${path.join(' > ')}`);
  return found;
}

describe('MESH-6 Jenkins', () => {
  const text = textOf('deploy/ci/Jenkinsfile');
  const blocks = blocksOf(text);

  test('MESH-6 the Jenkinsfile is a declarative pipeline whose stages each do something', () => {
    expect(blocks[0]).toEqual({ path: [], line: 'pipeline {' });
    const sections = blocks.filter(({ path }) => path.length === 1).map(({ line }) => line.match(/^(\w+) .*\{/)?.[1]);
    expect(sections.filter((name) => name !== undefined)).toEqual([
      'agent',
      'parameters',
      'options',
      'environment',
      'stages',
      'post',
    ]);
    for (const { path, line } of blocks.filter(({ line }) => /^stage\('\w+'\) \{$/.test(line))) {
      expect(path.at(-1)).toBe('stages');
      const inside = blocks.filter((block) => block.path.at(-1) === line.replace(/\s*\{$/, ''));
      expect(
        inside.some((block) => /^(steps|stages) \{$/.test(block.line)),
        line,
      ).toBe(true);
    }
    for (const { path } of blocks.filter(({ line }) => line.startsWith('sh '))) {
      expect(path.some((name) => name === 'steps' || name === 'always')).toBe(true);
    }
    expect(() => blocksOf(text.replace(/\}\s*$/, ''))).toThrow('not closed: pipeline');
    expect(() => blocksOf(`${text}}`)).toThrow('one brace too many');
  });

  test('MESH-6 it has the same stages as the workflow, which call the same scripts in the same order', () => {
    const workflow = parse(textOf('deploy/ci/github-actions.yml')) as Workflow;
    const stages = new Map<string, string[]>();
    for (const { path, line } of blocks) {
      const [, name] = path[2]?.match(/^stage\('(\w+)'\)$/) ?? [];
      if (name !== undefined) stages.set(name, [...(stages.get(name) ?? []), ...called(line)]);
    }
    const jobs = Object.entries(workflow.jobs).map(
      ([name, { steps }]) => [name, steps.flatMap(({ run = '' }) => called(run))] as const,
    );
    expect([...stages]).toEqual(jobs);
  });
});
