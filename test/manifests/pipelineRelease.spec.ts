import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { serviceNames } from '#shared/config/service';
import { pathWithKubectl } from '../harness/kubectl.ts';
import { digest, PipelineTools, root } from './pipelineTools.ts';

const execute = promisify(execFile);
const programs = [...serviceNames, 'gateway'];
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
const labels = (revision: string) =>
  `{"linux/amd64": {"config": {"Labels": {"org.opencontainers.image.revision": "${revision}"}}}}`;

const object = (kind: string, version: string, name = kind.toLowerCase(), namespace = 'jangbu') =>
  stringify({ kind, metadata: { labels: { name: 'not this' }, name, namespace }, version });
const withoutJob = (version: string) => [
  object('ConfigMap', version),
  ...programs.map((name) => object('Deployment', version, name)),
  object('Deployment', version, 'issuer', 'identity'),
];
const manifests = (version: string) => [...withoutJob(version), object('Job', version)].join('---\n');
const kept = gzipSync(manifests('old')).toString('base64');

let tools: PipelineTools;

/** A cluster in which the version before works, and tools that find no fault with the new one. */
const cluster = {
  docker: `echo '${labels(commit)}'`,
  cosign: '',
  kubectl: [
    'case "$*" in',
    '  *"get namespace"*) echo namespace/jangbu ;;',
    '  *"get jobs"*) printf "migrate-billing SuccessCriteriaMet Complete \\nmigrate-rating Complete \\n" ;;',
    `  *"get configmap"*) echo ${kept} ;;`,
    '  *"create configmap"*) echo "kind: ConfigMap" ;;',
    '  *"--filename -") cat > /dev/null; case "$*" in *diff*) exit 1 ;; esac ;;',
    'esac',
  ].join('\n'),
  curl: [
    'while [ $# -gt 1 ]; do case "$1" in --output) out=$2 ;; --header | --config) secret=yes; [ "$2" = @- ] && cat > /dev/null ;; esac; shift; done',
    'case "$1" in',
    `  */token) echo '{"access_token":"tokens-text","expires_in":300}' > "$out"; exit ;;`,
    `  */customers) echo '{"id":"0195-abc","displayName":"smoke test"}' > "$out" ;;`,
    'esac',
    'case "$1 $secret" in */readyz* | *" yes") printf 200 ;; *) printf 401 ;; esac',
  ].join('\n'),
};

beforeEach(async () => {
  tools = await PipelineTools.make();
  for (const [tool, behaviour] of Object.entries(cluster)) await tools.tell(tool, behaviour);
  await writeFile(join(tools.out, 'dev.yaml'), manifests('new'));
  await writeFile(join(tools.out, 'dev.before.yaml'), object('Job', 'new'));
});
afterEach(() => tools[Symbol.asyncDispose]());

const release = () => tools.script('release', ['dev'], { IMAGE_DIGEST: digest });
/** Like the cluster's kubectl, but for some calls. */
const kubectl = (cases: string) => `case "$*" in ${cases} esac\n${cluster.kubectl}`;
const files = (calls: string[]) => calls.flatMap((call) => / apply .*\/([^/]+)$/.exec(call)?.[1] ?? []);

describe('MESH-6 a release', () => {
  test('MESH-6 checks, migrates, deploys, waits, asks and keeps, in this order', async () => {
    expect(await release()).toMatchObject({ code: 0 });
    const order = [
      /^cosign verify .*@refs\/heads\/main /,
      /^docker buildx imagetools inspect /,
      / diff /,
      /^curl .*issuer\.test/,
      / delete jobs /,
      / apply .*dev\.before\.yaml/,
      / get jobs /,
      / apply .*dev\.yaml/,
      / rollout status /,
      /^curl .*readyz/,
      /^curl .*customers/,
      /^curl .*mypages\/0195-abc/,
      / create configmap jangbu-release-dev /,
    ];
    const all = await tools.calls();
    const places = order.map((what) => all.findIndex((call) => what.test(call)));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    const waited = all.flatMap((call) => /rollout status deployment\/(\w+)/.exec(call)?.[1] ?? []);
    expect(waited).toEqual(programs);
    // Whoever lists the processes of the machine reads neither of them.
    expect(all.join('\n')).not.toMatch(/clients-secret|tokens-text/);
  });

  test.each([
    ['an image that nobody has signed', { cosign: 'exit 1' }],
    ['an image of another commit', { docker: `echo '${labels('0'.repeat(40))}'` }],
    ['an image of nobody knows which commit', { docker: 'echo {}' }],
    ['a registry that does not answer', { docker: 'exit 1' }],
    ['manifests that the cluster does not take', { kubectl: kubectl('*diff*) exit 2 ;;') }],
    ['a cluster that does not answer', { kubectl: 'exit 1' }],
    ['an issuer that gives no token for the smoke test', { curl: 'exit 22' }],
  ])('MESH-6 %s changes nothing', async (_what, behaviour) => {
    for (const [tool, does] of Object.entries(behaviour)) await tools.tell(tool, does);
    expect((await release()).code).not.toBe(0);
    expect((await tools.calls()).filter((call) => / (apply|delete|create|rollout) /.test(call))).toEqual([]);
  });

  test.each(['GATEWAY_URL', 'SMOKE_TOKEN_URL', 'SMOKE_CLIENT_SECRET'])(
    'MESH-6 without %s nothing is changed either: what is good would be rolled back',
    async (name) => {
      const { code, output } = await tools.script('release', ['dev'], { IMAGE_DIGEST: digest, [name]: '' });
      expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining(name) });
      expect(files(await tools.calls())).toEqual([]);
    },
  );

  test.each([
    [
      'a migration that is refused',
      {
        kubectl: kubectl(
          '*"get jobs"*) printf "migrate-rating FailureTarget Failed \\nmigrate-billing Complete \\n"; exit ;;',
        ),
      },
    ],
    ['manifests that get in only by half', { kubectl: kubectl('*apply*/dev.yaml) exit 1 ;;') }],
    [
      'a rollout that does not end',
      { kubectl: kubectl('*"status deployment/rating"*) [ -e "$0.done" ] || { touch "$0.done"; exit 1; } ;;') },
    ],
    ['a gateway that does not answer', { curl: cluster.curl.replace('printf 200', 'printf 503') }],
    ['a gateway that lets strangers in', { curl: cluster.curl.replace('printf 401', 'printf 200') }],
    [
      'an event that never arrives',
      { curl: cluster.curl.replace('case "$1 $secret" in', 'case "$1 $secret" in */mypages*) printf 404 ;;') },
    ],
  ])(
    'MESH-6 after %s the version before is there again, policies and all, and the release fails',
    async (_what, behaviour) => {
      for (const [tool, does] of Object.entries(behaviour)) await tools.tell(tool, does);
      const { code, output } = await release();
      expect(code).toBe(1);
      expect(output).toContain('dev was rolled back');
      const all = await tools.calls();
      expect(files(all).at(-1)).toBe('dev.kept.yaml');
      expect(await readFile(join(tools.out, 'dev.kept.yaml'), 'utf8')).toBe(withoutJob('old').join('---\n').trimEnd());
      const after = all.slice(all.findIndex((call) => call.includes('dev.kept.yaml')));
      expect(after.filter((call) => call.includes('rollout status'))).toHaveLength(programs.length);
      expect(all.filter((call) => call.includes('create configmap'))).toEqual([]);
    },
  );

  test('MESH-6 a migration that takes long is waited for, and one that never ends is not', async () => {
    const slow = '*"get jobs"*) [ -e "$0.asked" ] || { touch "$0.asked"; echo "migrate-rating "; exit; } ;;';
    await tools.tell('kubectl', kubectl(slow));
    expect(await release()).toMatchObject({ code: 0 });
    await tools.tell(
      'kubectl',
      kubectl('*"get jobs"*) printf "migrate-billing Complete \\nmigrate-rating \\n"; exit ;;'),
    );
    const patience = { IMAGE_DIGEST: digest, MIGRATION_SECONDS: '1' };
    const { code, output } = await tools.script('release', ['dev'], patience);
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('not come to their end') });
  });

  test('MESH-6 a rollback that does not succeed does not say that it has', async () => {
    const away = '*apply*/dev.kept.yaml | *"status deployment/gateway"*) exit 1 ;;';
    await tools.tell('kubectl', kubectl(away));
    expect((await release()).output).not.toContain('was rolled back');
    await tools.tell('kubectl', kubectl('*"get configmap"* | *"status deployment/gateway"*) exit 1 ;;'));
    expect((await release()).output).not.toContain('was rolled back');
    const first = kubectl('*"get configmap"*) exit ;; *"status deployment/gateway"*) exit 1 ;;');
    await tools.tell('kubectl', first);
    expect((await release()).output).toContain('nothing to go back to');
  });
});

describe('MESH-6 the patience of a release', () => {
  const text = (file: string) => readFileSync(join(root, file), 'utf8');
  const seconds = (script: string, name: string) =>
    Number(new RegExp(`${name}:-(\\d+)`).exec(text(`deploy/ci/scripts/${script}.sh`))?.[1]);
  const migrations = seconds('deploy', 'MIGRATION_SECONDS');
  const rollout = seconds('wait-for-rollout', 'ROLLOUT_SECONDS');

  test('MESH-6 is longer than that of the Jobs and Deployments, which say themselves that they have failed', () => {
    const job = parse(text('deploy/k8s/migrations/job.yaml')) as { spec: { activeDeadlineSeconds: number } };
    expect(migrations).toBeGreaterThan(job.spec.activeDeadlineSeconds);
    const pods = parse(text('deploy/k8s/base/pods.yaml')) as { spec: { progressDeadlineSeconds: number } };
    expect(rollout).toBeGreaterThan(pods.spec.progressDeadlineSeconds);
  });

  test('MESH-6 is over, with the rollback, before the runner loses its own', () => {
    const workflow = parse(text('deploy/ci/github-actions.yml')) as { jobs: { deploy: { 'timeout-minutes': number } } };
    const smoke = 10 * 12 * (10 + 5);
    expect(workflow.jobs.deploy['timeout-minutes'] * 60).toBeGreaterThan(migrations + 2 * rollout + smoke);
  });
});

describe('MESH-6 what is kept of a release', () => {
  test('MESH-6 is all of it, as the real kubectl writes a ConfigMap', async () => {
    const { stdout } = await execute('bash', ['-c', 'type -P kubectl'], { env: { PATH: pathWithKubectl() } });
    const at = stdout.trim();
    await tools.tell(
      'kubectl',
      `case "$*" in *create*) exec ${at} "$@" ;; *) cat > '${join(tools.out, 'applied')}' ;; esac`,
    );
    expect(await tools.script('keep-release', ['dev'])).toMatchObject({ code: 0 });
    const applied = parse(await readFile(join(tools.out, 'applied'), 'utf8')) as {
      metadata: object;
      binaryData: { manifests: string };
    };
    expect(applied.metadata).toMatchObject({ name: 'jangbu-release-dev', namespace: 'jangbu' });
    expect(gunzipSync(Buffer.from(applied.binaryData.manifests, 'base64')).toString()).toBe(manifests('new'));
  });
});
