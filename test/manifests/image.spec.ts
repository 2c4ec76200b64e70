import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceNames } from '#shared/config/service';
import { managerOf } from '#shared/events/streams';
import { liveness } from '#shared/rpc/health';
import { type FreshDatabase, freshDatabase, testNatsUrl } from '#test/harness/database';
import { runServer, type TestServer, temporaryFolder } from '#test/harness/server';
import { assemble } from '../../deploy/docker/assemble.ts';
import { localOnly, productionPackages } from '../../deploy/docker/productionPackages.ts';
import { freePort } from '../../deploy/local/ports.ts';
import { isReadyMessage } from '../../deploy/local/program.ts';
import { HealthClient } from '../journeys/health.ts';
import { parsed } from './manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string) => readFile(join(root, path), 'utf8');
const warningless = '--disable-warning=ExperimentalWarning';

let image: string;
let files: string[];

beforeAll(async () => {
  // No node_modules lies above a temporary folder, so what is not copied is not found.
  image = await temporaryFolder('image');
  files = await assemble(root, image);
});

describe('MESH-6 what an image holds', () => {
  it('holds programs without tests, and no package of the local mesh or of development', async () => {
    expect(files.filter((file) => /\.spec\.ts$|\/testing\/|\.d\.ts$/.test(file))).toEqual([]);
    const names = new Set(files.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
    const unneeded = [
      ...localOnly,
      'vitest',
      'typescript',
      '@biomejs/biome',
      '@bufbuild/buf',
      'kubernetes-models',
      'ajv',
    ];
    for (const name of unneeded) expect([...names]).not.toContain(name);
    expect(files.filter((file) => /(^|\/)\.env|\.pem$|\.key$/.test(file))).toEqual([]);
  });

  it('holds every package that its programs import', async () => {
    const imported = new Map<string, string>();
    for (const file of files.filter((each) => each.endsWith('.ts'))) {
      if (file.startsWith('node_modules/')) continue;
      for (const [, always, atNeed] of (await text(file)).matchAll(
        /^(?:import|export|\}) [^'\n]*?from '([^'.#][^']*)'|import\('([^'.#][^']*)'\)/gm,
      )) {
        const specifier = always ?? atNeed ?? '';
        const [first = '', second = ''] = specifier.split('/');
        if (!specifier.startsWith('node:')) imported.set(first.startsWith('@') ? `${first}/${second}` : first, file);
      }
    }
    expect(imported.size).toBeGreaterThan(20);
    const missing = [...imported].filter(([name]) => !files.some((file) => file.startsWith(`node_modules/${name}/`)));
    expect(missing).toEqual([]);
  });

  it('finds a package inside of the one that needs it before the one beside it', () => {
    const packages = {
      '': { dependencies: { a: '1', pg: '1', node: '1' } },
      'node_modules/a': { dependencies: { b: '1', c: '1' }, optionalDependencies: { 'not-installed': '1' } },
      'node_modules/a/node_modules/b': { dependencies: { c: '2' } },
      'node_modules/a/node_modules/b/node_modules/c': {},
      'node_modules/b': {},
      'node_modules/c': {},
      'node_modules/pg': {},
      'node_modules/node': { dependencies: { unneeded: '1' } },
      'node_modules/unneeded': {},
    };
    const found = ['a', 'a/node_modules/b', 'a/node_modules/b/node_modules/c', 'c', 'pg'];
    expect(productionPackages({ packages })).toEqual(found.map((name) => `node_modules/${name}`));
  });
});

describe('MESH-6 programs start from what an image holds', () => {
  const databases = new Map<string, FreshDatabase>();
  const running: TestServer[] = [];
  afterAll(async () => {
    await Promise.all(running.splice(0).map((server) => server[Symbol.asyncDispose]()));
    for (const database of databases.values()) await database[Symbol.asyncDispose]();
  });

  const environment = {
    PATH: process.env.PATH ?? '',
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    OIDC_ISSUER: 'https://id.jangbu.example',
    OIDC_JWKS_URL: 'https://id.jangbu.example/jwks',
    SMTP_URL: 'smtp://127.0.0.1:1',
    SMS_PROVIDER_URL: 'http://127.0.0.1:1',
    DRAIN_MS: '2000',
  };

  async function start(name: string, file: string, more: Record<string, string>): Promise<number> {
    const port = await freePort();
    const program = {
      name,
      file: process.execPath,
      args: [warningless, join(image, file)],
      env: { ...environment, PORT: String(port), ...more },
      isReadyLine: isReadyMessage,
      readyLimitMs: 40_000,
      stopSignal: 'SIGTERM' as const,
      stopLimitMs: 10_000,
      stage: 0,
    };
    running.push(await runServer(program, await temporaryFolder(`image-${name}`), port, ''));
    return port;
  }

  /** The image's own health check: its exit code. */
  async function health(port: number): Promise<number> {
    const check = spawn(process.execPath, [warningless, join(image, 'deploy/docker/healthCheck.ts')], {
      env: { ...environment, PORT: String(port) },
      stdio: 'ignore',
    });
    const [code] = (await once(check, 'exit')) as [number];
    return code;
  }

  it('every service and the gateway are ready, healthy by the image’s own check, and read what KEDA watches', async () => {
    const ports = new Map<string, number>();
    const begin = async (name: string) => {
      const database = await freshDatabase(`image_${name}`);
      databases.set(name, database);
      const more = { DATABASE_URL: database.url, NATS_URL: testNatsUrl() };
      ports.set(name, await start(name, `services/${name}/main.ts`, more));
    };
    await Promise.all(serviceNames.map(begin));
    const addresses = [...ports].map(([name, port]) => [`${name.toUpperCase()}_ADDRESS`, `127.0.0.1:${port}`]);
    ports.set('gateway', await start('gateway', 'gateway/main.ts', Object.fromEntries(addresses)));
    for (const port of ports.values()) await expect.poll(() => health(port)).toBe(0);
    expect(await health(await freePort())).toBe(1);
    for (const { stream, consumer } of await watchedByKeda())
      await expect.poll(() => consumersOf(stream), { message: stream }).toContain(consumer);
    using client = new HealthClient(`127.0.0.1:${ports.get('billing')}`);
    expect(await client.check(liveness)).toBe('SERVING');
    const docs = await fetch(`http://127.0.0.1:${ports.get('gateway')}/docs`);
    expect([docs.status, await docs.text()]).toEqual([200, expect.stringContaining('swagger')]);
  });

  it('the migrations run from it as well', async () => {
    await using database = await freshDatabase('image_migrations');
    const program = join(image, 'services/shared/runtime/migrateService.ts');
    const run = spawn(process.execPath, [warningless, program, 'billing'], {
      env: { ...environment, DATABASE_URL: database.url },
      stdio: 'ignore',
    });
    expect(await once(run, 'exit')).toEqual([0, null]);
  });
});

/** The places in JetStream by whose lag KEDA scales. */
async function watchedByKeda(): Promise<{ stream: string; consumer: string }[]> {
  const objects = parsed(await text('deploy/k8s/components/keda/scaled-objects.yaml'));
  const triggers = objects.flatMap(({ spec }) => spec.triggers as { type: string; metadata: Record<string, string> }[]);
  const watched = triggers.filter(({ type }) => type === 'nats-jetstream').map(({ metadata }) => metadata);
  expect(watched.length).toBeGreaterThan(10);
  return watched.map(({ stream = '', consumer = '' }) => ({ stream, consumer }));
}

async function consumersOf(stream: string): Promise<string[]> {
  const nats = await connect({ servers: testNatsUrl() });
  try {
    const names: string[] = [];
    for await (const { name } of (await managerOf(nats)).consumers.list(stream)) names.push(name);
    return names;
  } finally {
    await nats.close();
  }
}

describe('MESH-6 the Dockerfile', () => {
  it('pins its base by an argument, to the version of Node that the project is tested with', async () => {
    const dockerfile = await text('deploy/docker/Dockerfile');
    const { dependencies } = JSON.parse(await text('package.json')) as { dependencies: Record<string, string> };
    expect(dockerfile).toContain(`ARG NODE_IMAGE=node:${dependencies.node}-`);
    const bases = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)].map(([, base]) => base);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as the Dockerfile writes it
    expect(bases).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}']);
  });

  it('emulates no machine: what runs while it is built runs on the one that builds', async () => {
    const [, build, image] = (await text('deploy/docker/Dockerfile')).split(/^FROM /m);
    expect(build).toMatch(/^--platform=\$BUILDPLATFORM \$\{NODE_IMAGE\} AS build\n/);
    expect(build).toMatch(/^RUN /m);
    expect(image).not.toMatch(/^RUN /m);
  });

  it('runs as a number that is not root, with a health check and the labels of OCI', async () => {
    const lines = (await text('deploy/docker/Dockerfile')).split('\n');
    expect(lines.findLast((line) => line.startsWith('USER '))).toMatch(/^USER [1-9]\d*:[1-9]\d*$/);
    expect(lines.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
    for (const label of ['title', 'description', 'source', 'licenses', 'version', 'revision'])
      expect(lines.join('\n')).toContain(`org.opencontainers.image.${label}=`);
  });

  it('is sent every source that it copies, by a .dockerignore that lets nothing else through', async () => {
    const ignored = (await text('.dockerignore')).split('\n');
    expect(ignored.find((line) => line && !line.startsWith('#'))).toBe('*');
    const sent = ignored.flatMap((line) => /^!(.+)/.exec(line)?.[1] ?? []);
    const unsent = files.filter((file) => !file.startsWith('node_modules/'));
    expect(unsent.filter((file) => !sent.some((path) => file === path || file.startsWith(`${path}/`)))).toEqual([]);
  });
});
