import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { startMesh } from '../../harness/mesh.ts';
import { barestMonth, type MonthSum } from './barestSql.ts';
import { business, type FleetSize, month, seedBilling, seedRating, tariff } from './fleet.ts';

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

  const first = await barestMonth(ratingUrl, billingUrl);
  const memory = new PeakMemory(['rating', 'billing'].map((name) => mesh.processes.get(name)?.pid));
  const started = performance.now();
  await call(`/v1/periods/${month}:close`, { business });
  const own = await untilInvoiced(billingUrl, started, memory);
  const second = await barestMonth(ratingUrl, billingUrl);

  const barest = Math.min(first.seconds, second.seconds);
  console.log(`\nbarest SQL      ${rate(size.lines, barest)} lines/s`);
  console.log(`close→invoices  ${rate(size.lines, own.seconds)} lines/s, ratio ${(barest / own.seconds).toFixed(3)}`);
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
      await setTimeout(25);
    }
    throw new Error('the bill run did not end');
  } finally {
    await client.end();
  }
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
