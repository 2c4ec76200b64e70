import { rm } from 'node:fs/promises';
import pg from 'pg';
import type { Expectation } from '../../deploy/local/sample/expectation.ts';
import { type FleetLine, fleet } from '../../deploy/local/sample/fleet.ts';
import { startMesh } from '../harness/mesh.ts';
import { temporaryFolder } from '../harness/server.ts';
import { openAccounts, storedTotals } from './fleetAccounts.ts';
import { plainCopy } from './plainCopy.ts';
import { type Destination, type Imported, sendFile } from './sendFile.ts';
import { type UsageData, writeUsageData } from './usageData.ts';

export interface UsageOptions {
  /** Records of each measured file. */
  records: number;
  /** Records stored before the second measurement. */
  stored: number;
  lines: number;
  direct: boolean;
}

/**
 * Records a second from a file on disk to committed, into an empty table and into one that holds much already. The measure beside it is a
 * plain COPY of the same columns into a table without an index, on the same server in the same run; the server has its usual
 * durability. Afterwards every line's total is compared with the sum that the file's maker kept. False if one differs.
 */
export async function usageBenchmark(options: UsageOptions): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const folder = await temporaryFolder('bench');
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const mesh = stack.use(await startMesh({ durable: true, services: ['rating'] }));
  const url = mesh.databaseUrl('rating');
  const lines = fleet(options.lines);
  await openAccounts(url, lines);
  const destination: Destination = {
    gatewayUrl: options.direct ? undefined : mesh.gatewayUrl,
    ratingAddress: mesh.addresses.rating,
    token: await mesh.token('operator'),
  };
  const way = options.direct ? 'gRPC' : 'the gateway';
  console.log(
    `Usage import through ${way}: ${options.records} records, ${options.lines} lines, 2 % dirt, random UUIDs\n`,
  );
  console.log('stored before      records/s    plain COPY/s    ratio');

  const imported: Expectation[] = [];
  const measure = async (label: string, seed: number) => {
    const data = await writeUsageData(folder, { records: options.records, lines, seed });
    const { import: own, copy } = await compare(url, data, destination);
    const ratio = own / copy;
    console.log(`${label.padEnd(16)} ${column(own, 11)}  ${column(copy, 14)}  ${ratio.toFixed(3).padStart(7)}`);
    imported.push(data.expected);
  };
  await measure('nothing', 1);
  if (options.stored > 0) {
    const data = await writeUsageData(folder, { records: options.stored, lines, seed: 2 });
    await checked(data, await sendFile(data.file, destination));
    imported.push(data.expected);
    await measure(String(options.records + options.stored), 3);
  }
  return compareTotals(lines, imported, await storedTotals(url));
}

/** The plain COPY before and after the import, the faster of the two: the import must not profit from a noisy moment. */
async function compare(url: string, data: UsageData, destination: Destination) {
  const before = await plainCopy(url, data.copyFile);
  await checkpoint(url);
  const started = performance.now();
  const file = await sendFile(data.file, destination);
  const seconds = (performance.now() - started) / 1000;
  await checked(data, file);
  const after = await plainCopy(url, data.copyFile);
  return { import: file.recordsRead / seconds, copy: data.copyRows / Math.min(before, after) };
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
  console.log(`\n${differences === 0 ? 'All' : 'NOT all'} ${lines.length} lines have the totals that were sent.`);
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
