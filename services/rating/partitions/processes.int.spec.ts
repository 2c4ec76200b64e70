import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageFile } from '#proto/rating/v1/usage';
import { UsageService } from '#proto/rating/v1/usage_service';
import { Clients } from '#shared/rpc/call';
import { startNats } from '#test/harness/nats';
import type { TestServer } from '#test/harness/server';
import { freePort } from '../../../deploy/local/ports.ts';
import { uploadUsageFile } from '../testing/upload.ts';
import { csv, pieces, seedLine, totals, type World, world } from '../testing/world.ts';

const program = fileURLToPath(new URL('../testing/member.ts', import.meta.url));
const lineCount = 40;
const numbers = Array.from({ length: lineCount }, (_, index) => `0120000${String(index).padStart(4, '0')}`);
const perFile = 6_000;

let nats: TestServer;
beforeAll(async () => {
  nats = await startNats();
});
afterAll(() => nats[Symbol.asyncDispose]());

/** A rating process of its own. */
class Process implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly address: string;
  /** What it has logged. */
  output = '';
  readonly #ready: Promise<unknown>;

  constructor(at: World, port: number) {
    this.address = `127.0.0.1:${port}`;
    this.child = spawn(process.execPath, [program], {
      env: {
        ...process.env,
        PORT: String(port),
        DATABASE_URL: at.url,
        NATS_URL: nats.url,
        OIDC_ISSUER: 'http://127.0.0.1:1',
        OIDC_JWKS_URL: 'http://127.0.0.1:1/jwks',
        LOG_LEVEL: 'warn',
        RATING_ADVERTISED_ADDRESS: this.address,
      },
      // It ends with its input, so it does not outlive the tests.
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (!this.child.stdout) throw new Error('unreachable: the output is a pipe');
    this.child.stdout.on('data', (text: Buffer) => {
      this.output += text;
    });
    this.#ready = once(this.child.stdout, 'data');
  }

  static async start(at: World): Promise<Process> {
    const started = new Process(at, await freePort());
    await started.#ready;
    return started;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.hasEnded) return;
    const over = once(this.child, 'exit');
    this.child.kill(signal);
    await over;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end('SIGKILL');
  }
}

const row = (id: number) => `id-${id},${numbers[id % lineCount]},iot.kr,2026-11-10T00:00:00Z,${id % 1_000},1`;
const rowsOf = (file: number) => Array.from({ length: perFile }, (_, index) => row(file * (perFile / 2) + index));

const send = ({ address }: Process, file: number): Promise<UsageFile> =>
  uploadUsageFile({
    address,
    token: '',
    business: 'iot',
    source: `file ${file}`,
    pieces: pieces(csv(rowsOf(file)), 16 * 1024),
  });

async function report({ address }: Process, from: number, count: number): Promise<UsageFile | undefined> {
  using clients = new Clients({ rating: address }, async () => undefined);
  const records = Array.from({ length: count }, (_, index) => {
    const id = from + index;
    return {
      recordId: `id-${id}`,
      serviceNumber: numbers[id % lineCount] ?? '',
      apn: 'iot.kr',
      startTime: timestampFromDate(new Date('2026-11-10T00:00:00Z')),
      bytesUp: BigInt(id % 1_000),
      bytesDown: 1n,
    };
  });
  return (await clients.get(UsageService).batchReportUsage({ business: 'iot', source: '', records })).file;
}

/** The totals that the records with these ids have. */
function expected(ids: Iterable<number>): Record<string, string> {
  const sums = new Map<string, { bytes: number; records: number }>();
  for (const id of new Set(ids)) {
    const key = `2026-11 ${numbers[id % lineCount]}`;
    const sum = sums.get(key) ?? { bytes: 0, records: 0 };
    sums.set(key, { bytes: sum.bytes + (id % 1_000) + 1, records: sum.records + 1 });
  }
  const keys = [...sums.keys()].sort();
  return Object.fromEntries(keys.map((key) => [key, `${sums.get(key)?.bytes} in ${sums.get(key)?.records}`]));
}

const members = async ({ database }: World) =>
  (await database.query('select count(*)::int from usage_members')).rows[0].count;

async function chunksOf({ database }: World): Promise<number> {
  return (await database.query('select coalesce(max(chunk) + 1, 0)::int as count from usage_file_chunks')).rows[0]
    .count;
}

/** Whatever is in the database is counted, and only that. */
async function conserved({ database }: World, records: number): Promise<void> {
  const { rows } = await database.query(
    `select (select sum(rated) from usage_files)::int as rated, (select sum(records) from usage_blocks)::int as kept,
       (select count(*) from usage_files where records_read <> rated + duplicate + late + malformed + unknown_line + apn_mismatch
          + line_not_active + future + unknown_record)::int as wrong`,
  );
  expect(rows).toEqual([{ rated: records, kept: records, wrong: 0 }]);
}

async function seeded(): Promise<World> {
  const at = await world();
  for (const number of numbers) await seedLine(at.database, { number });
  return at;
}

describe('rating processes on one database', () => {
  it.each([1, 2, 4])(
    'IOT-6 %i of them take files and reports together',
    async (count) => {
      await using stack = new AsyncDisposableStack();
      const at = stack.use(await seeded());
      const all = await Promise.all(Array.from({ length: count }, () => Process.start(at)));
      for (const each of all) stack.use(each);
      await expect.poll(() => members(at), { timeout: 20_000 }).toBe(count);
      const one = all[0] as Process;
      const files = await Promise.all(Array.from({ length: 4 }, (_, file) => send(all[file % count] ?? one, file)));
      const reports = await Promise.all(
        Array.from({ length: 8 }, (_, index) => report(all[index % count] ?? one, index * 1_000, 1_500)),
      );
      const total = 2.5 * perFile;
      const rated = [...files, ...reports].reduce((sum, each) => sum + Number(each?.rated), 0);
      expect(rated).toBe(total);
      await conserved(at, total);
      expect(await totals(at.database)).toEqual(expected(Array.from({ length: total }, (_, id) => id)));
      expect(await chunksOf(at)).toBe(0);
      for (const { output } of all) expect(output).not.toContain('did not take its share');
    },
    120_000,
  );

  it('IOT-7 one is added and one is killed while files and reports come; no record is lost or counted twice', async () => {
    await using stack = new AsyncDisposableStack();
    const at = stack.use(await seeded());
    const [one, two] = (await Promise.all([Process.start(at), Process.start(at)])) as [Process, Process];
    stack.use(one);
    stack.use(two);
    await expect.poll(() => members(at), { timeout: 20_000 }).toBe(2);

    const ids = new Set<number>();
    const stop = new AbortController();
    let next = 0;
    /** Sends until told to stop; what was not answered is not known, and is sent again to a process that lives. */
    const sender = async (to: Process, instead: Process) => {
      while (!stop.signal.aborted) {
        const file = next++;
        const living = () => (to.hasEnded ? instead : to);
        await send(living(), file).catch(() => send(instead, file));
        await report(living(), file * 500, 900).catch(() => report(instead, file * 500, 900));
        for (let id = 0; id < perFile; id++) ids.add(file * (perFile / 2) + id);
        for (let id = 0; id < 900; id++) ids.add(file * 500 + id);
      }
    };
    const senders = [sender(one, one), sender(one, one), sender(two, one)];
    const files = async () =>
      (await at.database.query("select count(*)::int from usage_files where state = 'IMPORTED'")).rows[0].count;
    await expect.poll(files, { timeout: 30_000 }).toBeGreaterThan(4);
    const three = stack.use(await Process.start(at));
    senders.push(sender(three, one));
    await expect.poll(() => members(at), { timeout: 20_000 }).toBe(3);
    // Killed just when it has something of another's to do.
    await expect.poll(() => chunksOf(at), { timeout: 30_000, interval: 1 }).toBeGreaterThan(0);
    await two.end('SIGKILL');
    const before = await files();
    await expect.poll(files, { timeout: 30_000 }).toBeGreaterThan(before + 6);
    await three.end('SIGTERM');
    const after = await files();
    await expect.poll(files, { timeout: 30_000 }).toBeGreaterThan(after + 3);
    stop.abort();
    await Promise.all(senders);

    const importing = "select count(*)::int as left from usage_files where state = 'IMPORTING'";
    await expect.poll(async () => (await at.database.query(importing)).rows[0].left, { timeout: 20_000 }).toBe(0);
    await conserved(at, ids.size);
    expect(await totals(at.database)).toEqual(expected(ids));
    expect(await chunksOf(at)).toBe(0);
    const four = stack.use(await Process.start(at));
    for (const each of [one, four]) {
      const again = await send(each, 0);
      expect(again).toMatchObject({ duplicate: BigInt(perFile), rated: 0n });
    }
  }, 180_000);
});
