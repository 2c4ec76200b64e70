import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { startMesh } from '../../harness/mesh.ts';
import { barestMonth, type MonthSum } from './barestSql.ts';
import { business, type FleetSize, month, seedBilling, seedRating, tariff, usageOf } from './fleet.ts';

const longestMs = 1_800_000;

/**
 * Lines a second from the call that closes a month to the last invoice committed: totals locked, handed over by event, priced, numbered, posted. Beside it
 * the barest SQL that computes the same numbers, on the same server in the same run. False if the sums differ.
 */
export async function monthBenchmark(size: FleetSize): Promise<boolean> {
  await using mesh = await startMesh({ durable: true, services: ['rating', 'billing'] });
  const ratingUrl = mesh.databaseUrl('rating');
  const billingUrl = mesh.databaseUrl('billing');
  const token = await mesh.token('operator');
  const call = async (path: string, body: unknown) => {
    const response = await fetch(`${mesh.gatewayUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  console.log(`Month end of ${size.lines} lines with tiers, ${size.linesPerAccount} an account\n`);
  await call('/v1/tariffs', tariff);
  await seedRating(ratingUrl, size);
  await seedBilling(billingUrl, size);
  await tariffKnown(billingUrl);
  await importUsage(mesh.gatewayUrl, token, ratingUrl, size);

  const first = await barestMonth(ratingUrl, billingUrl);
  const memory = new PeakMemory(['rating', 'billing'].map((name) => mesh.processes.get(name)?.pid));
  const started = performance.now();
  await call(`/v1/periods/${month}:close`, { business });
  const phases = watchPhases(ratingUrl, started);
  const own = await untilInvoiced(billingUrl, started, memory);
  const second = await barestMonth(ratingUrl, billingUrl);

  const barest = Math.min(first.seconds, second.seconds);
  console.log(`\nbarest SQL      ${rate(size.lines, barest)} lines/s`);
  console.log(`close→invoices  ${rate(size.lines, own.seconds)} lines/s, ratio ${(barest / own.seconds).toFixed(3)}`);
  console.log(`                ${(await phases).map(([name, at]) => `${name} at ${at.toFixed(1)} s`).join(', ')}`);
  console.log(`most memory     rating ${memory.mebibytes(0)} MiB, billing ${memory.mebibytes(1)} MiB`);
  const same = own.invoices === first.invoices && own.lines === first.lines && own.total === first.total;
  console.log(`\n${same ? 'The same' : 'NOT the same'} invoices: ${shown(own)}${same ? '' : `, but ${shown(first)}`}`);
  return same;
}

const shown = ({ invoices, lines, total }: MonthSum) => `${invoices} for ${lines} lines, ${total} won`;
const rate = (lines: number, seconds: number) =>
  Math.round(lines / seconds)
    .toLocaleString('en')
    .padStart(9);

/** Polls the bill run, which says itself when its last invoice was committed. */
async function untilInvoiced(
  url: string,
  started: number,
  memory: PeakMemory,
): Promise<MonthSum & { seconds: number }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let told = 0;
    while (performance.now() - started < longestMs) {
      await memory.sample();
      const { rows } = await client.query('select state from bill_runs where business = $1 and period = $2', [
        business,
        month,
      ]);
      const seconds = (performance.now() - started) / 1000;
      if (rows[0]?.state === 'COMPLETED') {
        const { rows: sums } = await client.query(
          `select count(*) as invoices, sum(total)::text as total,
             (select expected_lines from bill_runs where business = $1 and period = $2) as lines
           from invoices where business = $1 and period = $2`,
          [business, month],
        );
        const [sum] = sums;
        return { seconds, invoices: Number(sum.invoices), lines: Number(sum.lines), total: BigInt(sum.total) };
      }
      if (seconds - told > 10) {
        told = seconds;
        console.log(`  ${seconds.toFixed(0)} s: bill run ${rows[0]?.state ?? 'not there yet'}`);
      }
      await setTimeout(50);
    }
    throw new Error('the bill run did not end');
  } finally {
    await client.end();
  }
}

/** When rating had locked the month, compared its books, and handed it over. */
async function watchPhases(url: string, started: number): Promise<[name: string, seconds: number][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const seen = new Map<string, number>();
  while (!seen.has('handed over') && performance.now() - started < longestMs) {
    const { rows } = await client.query('select snapshot, checked, batches, state from periods where month = $1', [
      month,
    ]);
    const { snapshot, checked, batches, state } = rows[0] ?? {};
    const reached = {
      locked: snapshot,
      compared: checked,
      'first batch': batches > 0,
      'handed over': state === 'CLOSED',
    };
    for (const [name, is] of Object.entries(reached)) {
      if (is && !seen.has(name)) seen.set(name, (performance.now() - started) / 1000);
    }
    await setTimeout(100);
  }
  await client.end();
  return [...seen];
}

/** The month's usage comes as it does on every day of it, and is added to the lines' totals before the month's end. */
async function importUsage(gatewayUrl: string, token: string, ratingUrl: string, size: FleetSize): Promise<void> {
  const response = await fetch(`${gatewayUrl}/v1/usageFiles?business=${business}&source=bench`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    body: Readable.toWeb(Readable.from(usageOf(size), { objectMode: false })) as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  const file = (await response.json()) as { rated?: string };
  if (Number(file.rated) !== size.lines) throw new Error(`usage was not rated: ${JSON.stringify(file)}`);
  const client = new pg.Client({ connectionString: ratingUrl });
  await client.connect();
  for (const left of ['usage_deltas', 'usage_total_changes']) {
    while ((await client.query(`select 1 from ${left} limit 1`)).rows.length > 0) await setTimeout(200);
  }
  await client.query('vacuum analyze usage_totals');
  await client.end();
}

/** Tariffs reach billing by event. */
async function tariffKnown(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  while ((await client.query('select 1 from tariffs where id = $1', [tariff.id])).rows.length === 0)
    await setTimeout(50);
  await client.end();
}

class PeakMemory {
  readonly #pids: (number | undefined)[];
  readonly #peaks: number[];

  constructor(pids: (number | undefined)[]) {
    this.#pids = pids;
    this.#peaks = pids.map(() => 0);
  }

  async sample(): Promise<void> {
    for (const [index, pid] of this.#pids.entries()) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const kibibytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
      this.#peaks[index] = Math.max(this.#peaks[index] ?? 0, kibibytes);
    }
  }

  mebibytes(index: number): number {
    return Math.round((this.#peaks[index] ?? 0) / 1024);
  }
}
