import { describe, expect, it } from 'vitest';
import { headerLine, pieces, seedLine, totals, type World, world } from '../../testing/world.ts';
import { monthRecords } from '../store/monthRecords.ts';

const header = `${headerLine},correction,corrects`;
const line = '01200000001';

function record(id: string, bytes: number, correction = '', corrects = '', number = line) {
  return [id, number, 'iot.kr', '2026-11-10T10:00:00Z', bytes, 0, correction, corrects].join(',');
}

async function send(at: World, records: string[]) {
  const text = [header, ...records].map((each) => `${each}\n`).join('');
  return at.imports().run({ business: 'iot', source: 'test', pieces: pieces(text) });
}

async function counting(at: World): Promise<{ up: number; late: number }[]> {
  const found: { up: number; late: number }[] = [];
  for await (const { count, up, late } of monthRecords(at.database, { businessNo: 1, month: '2026-11' })) {
    for (let index = 0; index < count; index++) found.push({ up: up[index] ?? 0, late: late[index] ?? 0 });
  }
  return found.sort((a, b) => a.up - b.up);
}

describe('corrections', () => {
  it('IOT-13 cancels and replaces records of an open month, once, also within one file', async () => {
    await using at = await world();
    await seedLine(at.database, { number: line });
    expect(await send(at, [record('a', 10), record('b', 200), record('c', 3_000)])).toMatchObject({ rated: 3n });
    const row = await send(at, [
      record('a2', 15, 'REPLACE', 'a'),
      record('b2', 99, 'CANCEL', 'b'),
      record('d', 40_000),
      record('d2', 50_000, 'REPLACE', 'd'),
      record('x', 1, 'REPLACE', 'a'),
      record('y', 1, 'CANCEL', 'nobody'),
    ]);
    expect(row).toMatchObject({ records_read: 6n, rated: 4n, unknown_record: 2n, cancels: 1n, corrected: 3n });
    expect(row.corrected_bytes).toBe(String(10 + 200 + 40_000));
    expect(row.rated_bytes).toBe(String(15 + 40_000 + 50_000));
    expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: `${15 + 3_000 + 50_000} in 3` });
    expect((await counting(at)).map(({ up }) => up)).toEqual([15, 3_000, 50_000]);
    // A correction may be corrected, and the same file again changes nothing.
    expect(await send(at, [record('a3', 16, 'REPLACE', 'a2')])).toMatchObject({ rated: 1n });
    expect(await send(at, [record('a2', 15, 'REPLACE', 'a')])).toMatchObject({ rated: 0n, duplicate: 1n });
    expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: `${16 + 3_000 + 50_000} in 3` });
  });

  it("refuses to correct another service number's record, a later one, and what is malformed", async () => {
    await using at = await world();
    await seedLine(at.database, { number: line });
    await seedLine(at.database, { number: '01200000002' });
    const row = await send(at, [
      record('a', 10),
      record('b', 1, 'CANCEL', 'a', '01200000002'),
      record('c', 1, 'CANCEL', 'later'),
      record('later', 20),
      record('d', 1, 'UNDO', 'a'),
      record('e', 1, 'CANCEL', ''),
      record('f', 1, '', 'a'),
      record('g', 1, 'CANCEL', 'g'),
    ]);
    expect(row).toMatchObject({ rated: 2n, unknown_record: 3n, malformed: 3n });
    // The id of a refused record is not kept.
    expect(await send(at, [record('c', 30)])).toMatchObject({ rated: 1n });
  });

  it('IOT-13 a correction of a closed month is late: totals stay, and the month as it is known now has it', async () => {
    await using at = await world();
    await seedLine(at.database, { number: line });
    await send(at, [record('a', 10), record('b', 200)]);
    await at.database.query("update periods set state = 'CLOSED'");
    const row = await send(at, [record('a2', 15, 'REPLACE', 'a'), record('b2', 0, 'CANCEL', 'b')]);
    expect(row).toMatchObject({ rated: 0n, late: 2n, corrected: 0n });
    expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '210 in 2' });
    expect(await counting(at)).toEqual([
      { up: 10, late: 2 },
      { up: 15, late: 1 },
      { up: 200, late: 2 },
    ]);
  });

  it('two processes that correct the same record correct it once', async () => {
    await using at = await world();
    await seedLine(at.database, { number: line });
    await send(at, [record('a', 10)]);
    const [one, other] = await Promise.all([
      send(at, [record('b', 20, 'REPLACE', 'a')]),
      send(at, [record('c', 20, 'REPLACE', 'a')]),
    ]);
    expect(one.rated + other.rated).toBe(1n);
    expect(await totals(at.database)).toEqual({ [`2026-11 ${line}`]: '20 in 1' });
  });
});
