import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { banner, whatNext } from './greeting.ts';
import { type Mesh, startMesh } from './mesh.ts';
import { dataDir, fail, shortPath } from './place.ts';
import { writeDurably } from './provider/durableFile.ts';
import { Api } from './sample/api.ts';
import { lastFullMonth, runSampleMonth, type SampleMonthSummary } from './sample/month.ts';
import { loadSmokingAreas } from './sample/smokingAreas.ts';
import { loadStores } from './sample/stores.ts';
import { renderSummary } from './sample/summary.ts';
import { loadTaxi } from './sample/taxi.ts';

const usage = 'npm start [-- --fresh] [--no-sample]   (settings: PORT, DATABASE_URL, NATS_URL)';

function readArguments() {
  try {
    const options = {
      fresh: { type: 'boolean' },
      'no-sample': { type: 'boolean' },
      help: { type: 'boolean' },
    } as const;
    return parseArgs({ options }).values;
  } catch (cause) {
    return fail(`${(cause as Error).message}\n${usage}`);
  }
}

/** Those that only are loaded, by the name of the file that says so. */
const otherBusinesses = { stores: loadStores, taxi: loadTaxi, 'smoking-areas': loadSmokingAreas };

const values = readArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const stopped = Promise.withResolvers<NodeJS.Signals>();
let interrupts = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopped.resolve(signal);
    // Whoever asks for the third time wants no more waiting; the reaper then ends what is left.
    if (++interrupts >= 3) process.exit(130);
  });
}
// A terminal that is gone must not keep the mesh from draining.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const startedAt = performance.now();
console.log(banner);
const mesh = await startMesh({
  dataDir,
  gatewayPort: gatewayPort(),
  fresh: values.fresh,
  databaseServer: process.env.DATABASE_URL || undefined,
  natsServer: process.env.NATS_URL || undefined,
  report: (line) => console.error(`  ${line}`),
}).catch(fail);
console.log(`  ready on ${mesh.gatewayUrl} after ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);

if (!values['no-sample']) {
  const sample = loadSample(mesh).catch((cause: Error) => {
    if (interrupts === 0)
      console.error(`\n  Loading the sample stopped: ${cause.message}\n  npm start continues it.\n`);
  });
  await Promise.race([sample, stopped.promise]);
}
if (interrupts === 0) console.log(whatNext(mesh, shortPath(dataDir), await exampleOf()));
await stopped.promise;
console.log('\n  draining …');
await mesh[Symbol.asyncDispose]();
console.log(`  stopped; everything is kept in ${shortPath(dataDir)}, and npm start goes on from here`);
process.exit(0);

/** Loads the sample businesses and takes one of them through a month, each on the first start that knows it. */
async function loadSample({ gatewayUrl, token }: Mesh): Promise<void> {
  const access = { gatewayUrl, token: () => token('operator') };
  for (const [name, load] of Object.entries(otherBusinesses)) {
    const loaded = join(dataDir, `${name}.json`);
    if (existsSync(loaded)) continue;
    await load(new Api(access));
    await writeDurably(loaded, JSON.stringify({ loaded: new Date() }));
  }
  const file = sampleFile();
  if (existsSync(file)) return;
  const summary = await runSampleMonth({ ...access, month: lastFullMonth(new Date()), out: process.stdout });
  console.log(`\n${renderSummary(summary).replaceAll(/^/gm, '  ')}\n`);
  await writeDurably(
    file,
    JSON.stringify(summary, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
  );
}

async function exampleOf(): Promise<SampleMonthSummary | undefined> {
  return existsSync(sampleFile())
    ? (JSON.parse(await readFile(sampleFile(), 'utf8')) as SampleMonthSummary)
    : undefined;
}

function sampleFile(): string {
  return join(dataDir, 'sample.json');
}

function gatewayPort(): number {
  const text = process.env.PORT || '8088';
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  return fail(`PORT is not a port: ${text}`);
}
