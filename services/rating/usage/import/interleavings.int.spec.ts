import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Gate, GatedDatabase, Turn } from '../../testing/gatedDatabase.ts';
import { csv, headerLine, pieces, seedLine, totals, type World, world } from '../../testing/world.ts';
import { numberHash } from '../domain/partition.ts';
import { recordKey } from '../domain/recordKey.ts';
import type { UsageImport, UsageImportOptions } from './importUsage.ts';

const line = '01200000001';
const record = (id: string, up = 100) => `${id},${line},iot.kr,2026-11-10T10:00:00Z,${up},0`;
const correction = (id: string, up: number, corrects: string) => `${record(id, up)},REPLACE,${corrects}`;
const corrections = (records: string[]) => [`${headerLine},correction,corrects`, ...records, ''].join('\n');

const oneRecordABatch = { limits: { bytes: 256 * 1024, records: 1 } };

interface Gated extends AsyncDisposable {
  imports: UsageImport;
}

function gated(at: World, gate: Gate, options: Partial<UsageImportOptions> = {}): Gated {
  const database = new GatedDatabase(at.url, gate);
  const imports = at.imports({ database, ...options });
  return {
    imports,
    async [Symbol.asyncDispose]() {
      await imports[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

const send = (imports: UsageImport, file: string) =>
  imports.run({ business: 'iot', source: 'test', pieces: pieces(file) });

async function seeded(): Promise<World> {
  const at = await world();
  await seedLine(at.database, { number: line });
  return at;
}

it('IOT-7 a commit whose answer was lost is known afterwards, though the next batch was judged before that was noticed', async () => {
  await using at = await seeded();
  const [lost, judged] = [new Turn(), new Turn()];
  let batches = 0;
  const gate: Gate = async (text, send) => {
    if (text.includes("nextval('usage_batches')") && ++batches === 2) {
      await lost.come;
      const facts = await send();
      // Until the batch is judged; were that to take longer, the test would only see less.
      setTimeout(() => judged.happen(), 200);
      return facts;
    }
    if (text === 'commit' && batches === 2 && !lost.hasCome) {
      await send();
      lost.happen();
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    }
    if (text === 'rollback') await judged.come;
    return send();
  };
  await using one = gated(at, gate, oneRecordABatch);
  const file = csv([record('a'), record('b')]);
  await expect(send(one.imports, file)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
  await send(one.imports, file);
  expect(await send(one.imports, file)).toMatchObject({ rated: 0n, duplicate: 2n });
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '200 in 2' });
});

const mask = 1;

/** An id whose fingerprint is one of the four that the mask leaves. */
function idOf(name: string, fingerprint: number): string {
  const view = (text: string) => new DataView(new Uint8Array(Buffer.from(text)).buffer);
  const number = numberHash(view(line), 0, line.length, 1);
  for (let attempt = 0; ; attempt++) {
    const id = `${name}-${attempt}`;
    const key = { lo: 0, hi: 0 };
    recordKey(view(id), 0, id.length, number, mask, key);
    if (key.lo * 2 + key.hi === fingerprint) return id;
  }
}

const old = idOf('old', 0);

/** A batch waits for the comparison of its suspects while the one before it takes in what another process commits. */
async function whileSuspectsAreCompared(at: World, sent: string, foreign: string) {
  const options = { mask, ...oneRecordABatch };
  await send(at.imports(options), csv([record(old)]));
  const [commits, compares, mayCommit, mayCompare] = [new Turn(), new Turn(), new Turn(), new Turn()];
  let comparisons = 0;
  const gate: Gate = async (text, send) => {
    if (text.includes('from usage_partitions') && text.includes('for update') && !commits.hasCome) {
      commits.happen();
      await mayCommit.come;
    }
    const result = await send();
    if (text.includes('join usage_corrections c') && ++comparisons === 1) {
      compares.happen();
      await mayCompare.come;
    }
    return result;
  };
  await using one = gated(at, gate, options);
  using _ = { [Symbol.dispose]: () => [mayCommit, mayCompare].forEach((each) => void each.happen()) };
  const own = send(one.imports, sent);
  await Promise.all([commits.come, compares.come]);
  const other = await send(at.imports(options), foreign);
  mayCommit.happen();
  await expect.poll(() => totals(at.database)).toMatchObject({ [`2026-11 ${line}`]: expect.stringMatching(/ in 3$/) });
  mayCompare.happen();
  return [other, await own];
}

it('IOT-7 a record that another process commits while it is being compared is rated once', async () => {
  await using at = await seeded();
  const x = idOf('x', 0);
  const [other, own] = await whileSuspectsAreCompared(at, csv([record(idOf('first', 1)), record(x)]), csv([record(x)]));
  expect(other).toMatchObject({ rated: 1n });
  expect(own).toMatchObject({ rated: 1n, duplicate: 1n });
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '300 in 3' });
});

it('IOT-13 a record that another process corrects while a correction of it is being compared is corrected once', async () => {
  await using at = await seeded();
  const [other, own] = await whileSuspectsAreCompared(
    at,
    corrections([`${record(idOf('first', 1))},,`, correction(idOf('mine', 2), 7, old)]),
    corrections([`${record(idOf('more', 3))},,`, correction(idOf('theirs', 3), 5, old)]),
  );
  expect(other).toMatchObject({ rated: 2n, corrected: 1n });
  expect(own).toMatchObject({ rated: 1n, unknown_record: 1n });
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '205 in 3' });
});

it('IOT-13 a month that its close has opened again takes usage again', async () => {
  await using at = await seeded();
  const imports = at.imports();
  await send(imports, csv([record('a')]));
  await at.database.query("update periods set state = 'CLOSING'");
  expect(await send(imports, csv([record('b')]))).toMatchObject({ rated: 0n, late: 1n });
  await at.database.query("update periods set state = 'OPEN'");
  expect(await send(imports, csv([record('c')]))).toMatchObject({ rated: 1n, late: 0n });
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '200 in 2' });
});

it('IOT-13 a record that the batch before has corrected, but not committed yet, is not corrected again', async () => {
  await using at = await seeded();
  let compared = new Turn();
  let comparisons = 0;
  const gate: Gate = async (text, send) => {
    // The first commits when the second was compared; that should not happen before it is committed, so it is not waited for longer.
    if (text.includes('from usage_partitions') && text.includes('for update'))
      await Promise.race([compared.come, sleep(300)]);
    const result = await send();
    if (text.includes('join usage_corrections c') && ++comparisons === 2) compared.happen();
    return result;
  };
  await using one = gated(at, gate, oneRecordABatch);
  const { imports } = one;
  await send(at.imports(), csv([record('old')]));
  const row = await send(imports, corrections([correction('one', 7, 'old'), correction('two', 5, 'old')]));
  expect(row).toMatchObject({ rated: 1n, unknown_record: 1n, corrected: 1n });
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '7 in 1' });
  await send(at.imports(), csv([record('cut', 12)]).trimEnd());
  [compared, comparisons] = [new Turn(), 0];
  const whole = csv([record('cut', 12), record('cut', 123)]);
  expect(await send(imports, whole)).toMatchObject({ rated: 0n, duplicate: 2n, corrected: 0n });
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '19 in 2' });
});

it('IOT-7 a process that stands still in the middle of a commit does not hold the others up for ever, and then knows what they did', async () => {
  await using at = await seeded();
  const [stopped, goesOn] = [new Turn(), new Turn()];
  const gate: Gate = async (text, send) => {
    if (text.includes('insert into usage_commits') && !stopped.hasCome) {
      stopped.happen();
      await goesOn.come;
    }
    return send();
  };
  await using one = gated(at, gate, { mostPauseMs: 500 });
  using _ = { [Symbol.dispose]: () => goesOn.happen() };
  const outcome = send(one.imports, csv([record('a'), record('b')])).catch((error) => error.reason);
  await stopped.come;
  expect(await send(at.imports(), csv([record('a'), record('c')]))).toMatchObject({ rated: 2n });
  goesOn.happen();
  expect(await outcome).toBe('DEPENDENCY_UNAVAILABLE');
  expect(await send(one.imports, csv([record('a'), record('b'), record('c')]))).toMatchObject({
    rated: 1n,
    duplicate: 2n,
  });
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '300 in 3' });
});

it('IOT-6 a file is read no further than the database keeps up with', async () => {
  await using at = await seeded();
  const [stopped, goesOn] = [new Turn(), new Turn()];
  const gate: Gate = async (text, send) => {
    if (text.includes('insert into usage_commits')) {
      stopped.happen();
      await goesOn.come;
    }
    return send();
  };
  const bytes = 256 * 1024;
  await using one = gated(at, gate, { concurrency: 1, limits: { bytes, records: 100_000 } });
  using _ = { [Symbol.dispose]: () => goesOn.happen() };
  let read = 0;
  const whole = 12 * bytes;
  async function* endless() {
    yield Buffer.from(`${headerLine}\n`);
    for (let no = 0; read < whole; read += 16 * 1024)
      yield Buffer.from(
        csvLines(
          Array.from({ length: 300 }, () => record(String(no++).padStart(12, '0'))),
          16 * 1024,
        ),
      );
  }
  const sent = one.imports.run({ business: 'iot', source: 'test', pieces: endless() });
  await stopped.come;
  // What is read while nothing is committed comes to rest.
  let before = -1;
  await expect
    .poll(
      () => {
        const rests = read === before;
        before = read;
        return rests;
      },
      { interval: 500 },
    )
    .toBe(true);
  expect(read).toBeLessThan(6 * bytes);
  goesOn.happen();
  expect(await sent).toMatchObject({ state: 'IMPORTED', duplicate: 0n });
});

/** Records as so many bytes. */
function csvLines(records: string[], bytes: number): string {
  const text = records.map((each) => `${each}\n`).join('');
  return text.length > bytes ? text.slice(0, text.lastIndexOf('\n', bytes - 1) + 1) : text;
}

/** Sends a file whose first batch waits, judged, until something else has happened. */
async function whileCommitWaits(at: World, file: string, happens: () => Promise<unknown>) {
  const [waits, goesOn] = [new Turn(), new Turn()];
  const gate: Gate = async (text, send) => {
    if (text.includes('pg_advisory_xact_lock_shared') && !waits.hasCome) {
      waits.happen();
      await goesOn.come;
    }
    return send();
  };
  await using one = gated(at, gate);
  using _ = { [Symbol.dispose]: () => goesOn.happen() };
  const sent = send(one.imports, file);
  await waits.come;
  await happens();
  goesOn.happen();
  return await sent;
}

it('IOT-13 usage, and what it corrects, of a month that is closed between its judging and its commit is late', async () => {
  await using at = await seeded();
  await send(at.imports(), csv([record('a')]));
  const close = () => at.database.query("update periods set state = 'CLOSING'");
  const row = await whileCommitWaits(at, corrections([`${record('b')},,`, correction('c', 7, 'a')]), close);
  expect(row).toMatchObject({ rated: 0n, late: 2n, corrected: 0n, corrected_bytes: '0' });
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '100 in 1' });
});

it('IOT-6 usage is judged again when a line comes into service before it is committed', async () => {
  await using at = await seeded();
  const other = '01200000002';
  const rows = [record('a'), record('b').replace(line, other)];
  const row = await whileCommitWaits(at, csv(rows), () => seedLine(at.database, { number: other }));
  expect(row).toMatchObject({ rated: 2n, unknown_line: 0n });
});

it('IOT-7 a commit that fails takes nothing of other files along, and each record is there once afterwards', async () => {
  await using at = await seeded();
  let commits = 0;
  const gate: Gate = async (text, send) => {
    const result = await send();
    if (text.includes('insert into usage_commits') && ++commits === 2)
      throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
    return result;
  };
  await using one = gated(at, gate, oneRecordABatch);
  const files = ['a b c d e', 'c x d y a', 'e z b'].map((ids) => csv(ids.split(' ').map((id) => record(id))));
  const outcomes = await Promise.allSettled(files.map((file) => send(one.imports, file)));
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  for (const file of files) await send(one.imports, file);
  expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '800 in 8' });
  const { rows } = await at.database.query('select sum(records)::int as records from usage_blocks');
  expect(rows).toEqual([{ records: 8 }]);
});

it('IOT-7 one id of two service numbers is two records', async () => {
  await using at = await seeded();
  const other = '01200000002';
  await seedLine(at.database, { number: other });
  const rows = [record('a'), record('a').replace(line, other)];
  expect(await send(at.imports(), csv(rows))).toMatchObject({ rated: 2n });
  expect(await send(at.imports(), csv(rows.reverse()))).toMatchObject({ rated: 0n, duplicate: 2n });
});
