import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Expectation } from '../../deploy/local/sample/expectation.ts';
import { type FleetLine, fleet } from '../../deploy/local/sample/fleet.ts';
import { startMesh } from '../harness/mesh.ts';
import { temporaryFolder } from '../harness/server.ts';
import type { Destination, Imported } from './destination.ts';
import { openAccounts, storedTotals } from './fleetAccounts.ts';
import { plainCopy } from './plainCopy.ts';
import { sendFile, type Way } from './sendFile.ts';
import { type Ids, type UsageData, writeUsageData } from './usageData.ts';

export interface UsageOptions {
  /** Records of each measured file. */
  records: number;
  /** Records stored before each measurement, ascending. */
  stored: number[];
  lines: number;
  ways: Way[];
  ids: Ids[];
  rounds: number;
}

/** Fillers are written in files of this size, so that none of them takes much room. */
const fillRecords = 1_000_000;

type Mesh = Awaited<ReturnType<typeof startMesh>>;

/**
 * Records a second from a file on disk to committed and acknowledged, with so many stored before. The measure beside it is a plain COPY of the same columns
 * into a table without an index, on the same server in the same run; the server has its usual durability. The ratio is the median of the
 * rounds. Afterwards every line's total is compared with the sum that the files' maker kept. False if one differs.
 */
export async function usageBenchmark(options: UsageOptions): Promise<boolean> {
  let right = true;
  for (const ids of options.ids) for (const way of options.ways) right = (await series(options, ids, way)) && right;
  return right;
}

async function series(options: UsageOptions, ids: Ids, way: Way): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const folder = await temporaryFolder('bench');
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const dropDir = join(folder, 'drop');
  await mkdir(join(dropDir, 'iot'), { recursive: true });
  const mesh = stack.use(
    await startMesh({ durable: true, services: ['rating'], env: { rating: { USAGE_DROP_DIR: dropDir } } }),
  );
  const url = mesh.databaseUrl('rating');
  const lines = fleet(options.lines);
  await openAccounts(url, lines);
  const destination = async (): Promise<Destination> => ({
    gatewayUrl: mesh.gatewayUrl,
    ratingAddress: mesh.addresses.rating,
    databaseUrl: url,
    dropDir,
    token: await mesh.token('operator'),
  });
  const dirt = way === 'report' ? 0 : 0.02;
  console.log(
    `\nUsage by ${way}: ${options.records} records a file, ${options.lines} lines, ${dirt * 100} % dirt, ids ${ids}\n`,
  );
  console.log('stored before      records/s    plain COPY/s    ratio   rating MB');

  const imported: Expectation[] = [];
  let seed = 0;
  const write = (records: number) => writeUsageData(folder, { records, lines, seed: ++seed, ids, dirt });
  let stored = 0;
  const take = async (data: UsageData, how: Way) => {
    const answer = await sendFile(data, how, await destination());
    await checked(data, answer.imported);
    imported.push(data.expected);
    stored += data.expected.rated;
    return answer.seconds;
  };
  // Neither the engine nor the server is measured cold.
  await take(await write(Math.min(options.records, 200_000)), way);
  for (const level of options.stored) {
    while (stored + fillRecords / 2 < level) {
      const data = await write(Math.min(fillRecords, level - stored));
      await take(data, 'grpc');
      await data.remove();
    }
    const before = stored;
    const rounds: { own: number; copy: number }[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const data = await write(options.records);
      rounds.push(await compare(url, data, () => take(data, way)));
      await data.remove();
    }
    const { own, copy } = median(rounds);
    const memory = await residentMegabytes(mesh);
    console.log(
      `${column(before, 13)}  ${column(own, 13)}  ${column(copy, 14)}  ${(own / copy).toFixed(3).padStart(7)}  ${column(memory, 9)}`,
    );
  }
  await restart(mesh, write, take);
  return compareTotals(lines, imported, await storedTotals(url));
}

/** The plain COPY before and after the import, the faster of the two: the import must not profit from a noisy moment. */
async function compare(url: string, data: UsageData, take: () => Promise<number>) {
  const before = await plainCopy(url, data.copyFile);
  await checkpoint(url);
  const seconds = await take();
  const after = await plainCopy(url, data.copyFile);
  return { own: data.expected.records / seconds, copy: data.copyRows / Math.min(before, after) };
}

function median(rounds: { own: number; copy: number }[]): { own: number; copy: number } {
  const sorted = [...rounds].sort((a, b) => a.own / a.copy - b.own / b.copy);
  return sorted[Math.floor(sorted.length / 2)] ?? { own: 0, copy: 1 };
}

/** How long until a file is acknowledged by a process that has just been killed and must read all keys again. */
async function restart(
  mesh: Mesh,
  write: (records: number) => Promise<UsageData>,
  take: (data: UsageData, how: Way) => Promise<number>,
) {
  const data = await write(1_000);
  await mesh.kill('rating', 'SIGKILL');
  await mesh.untilReady('rating');
  const started = performance.now();
  await take(data, 'grpc');
  console.log(
    `\nAfter a restart the first file is acknowledged ${Math.round(performance.now() - started)} ms after the process is ready.`,
  );
}

async function residentMegabytes(mesh: Mesh): Promise<number> {
  const status = await readFile(`/proc/${mesh.processes.get('rating')?.pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

/** The counts must be what the file's maker put into it. */
async function checked({ file, expected }: UsageData, imported: Imported): Promise<void> {
  const { records, rated, duplicate, rejected } = expected;
  const wanted = { recordsRead: records, rated, duplicate, rejected };
  if (JSON.stringify(imported) !== JSON.stringify(wanted)) {
    throw new Error(`${file}: counted ${JSON.stringify(imported)}, made ${JSON.stringify(wanted)}`);
  }
}

function compareTotals(lines: FleetLine[], imported: Expectation[], stored: Map<string, string>): boolean {
  let differences = 0;
  for (const { serviceNumber } of lines) {
    const totals = imported.map((expected) => expected.total(serviceNumber));
    const bytes = totals.reduce((sum, total) => sum + total.bytes, 0n);
    const records = totals.reduce((sum, total) => sum + total.records, 0);
    const wanted = records === 0 ? undefined : `${bytes} in ${records}`;
    if (stored.get(serviceNumber) !== wanted) differences++;
  }
  console.log(`${differences === 0 ? 'All' : 'NOT all'} ${lines.length} lines have the totals that were sent.`);
  return differences === 0;
}

async function checkpoint(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('checkpoint');
  await client.end();
}

function column(value: number, width: number): string {
  return Math.round(value).toLocaleString('en').padStart(width);
}
