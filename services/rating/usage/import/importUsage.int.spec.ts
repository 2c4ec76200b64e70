import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { csv, headerLine, pieces, seedLine, totals, type World, world } from '../../testing/world.ts';
import { readFields } from '../domain/block.ts';
import type { UsageImportOptions } from './importUsage.ts';

const record = (id: string, changes: Partial<Record<'number' | 'apn' | 'time' | 'up' | 'down', string>> = {}) => {
  const { number = '01200000001', apn = 'iot.kr', time = '2026-11-10T10:00:00Z', up = '10', down = '90' } = changes;
  return [id, number, apn, time, up, down].join(',');
};

async function send(at: World, file: string | Buffer, options: Partial<UsageImportOptions> = {}) {
  return at.imports(options).run({ business: 'iot', source: 'test', pieces: pieces(file) });
}

async function rejections(at: World) {
  const { rows } = await at.database.query('select file_line, reason, record from usage_rejections order by 1');
  return rows.map(({ file_line, reason, record: text }) => `${file_line} ${reason} ${text}`);
}

describe('import of a usage file', () => {
  it('IOT-6 rates what is right, refuses the rest with reasons, and the counts add up', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    await seedLine(at.database, {
      number: '01200000002',
      active: [{ start: new Date('2026-11-05T00:00:00Z'), end: new Date('2026-11-08T00:00:00Z') }],
    });
    const row = await send(
      at,
      csv([
        record('a'),
        record('b', { up: '0', down: '0' }),
        record('a'),
        record('c', { number: '01299999999' }),
        record('d', { apn: 'other' }),
        record('e', { number: '01200000002' }),
        record('f', { number: '01200000002', time: '2026-11-05T09:00:00+09:00' }),
        record('g', { time: '2026-11-21T00:05:01Z' }),
        record('h', { time: '2026-11-21T00:05:00Z' }),
        record('i', { down: '-1' }),
        'only,three,fields',
      ]),
    );
    expect(row).toMatchObject({
      state: 'IMPORTED',
      records_read: 11n,
      rated: 4n,
      duplicate: 1n,
      late: 0n,
      malformed: 2n,
      unknown_line: 1n,
      apn_mismatch: 1n,
      line_not_active: 1n,
      future: 1n,
      rated_bytes: '300',
    });
    expect(await totals(at.database)).toEqual({
      '2026-11 01200000001': '200 in 3',
      '2026-11 01200000002': '100 in 1',
    });
    expect((await rejections(at)).map((text) => text.split(' ').slice(0, 2).join(' '))).toEqual([
      '5 UNKNOWN_LINE',
      '6 APN_MISMATCH',
      '7 LINE_NOT_ACTIVE',
      '9 FUTURE',
      '11 MALFORMED',
      '12 MALFORMED',
    ]);
  });

  it('IOT-7 changes nothing twice when the same file, or one cut off in the middle, is sent again', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    const whole = csv(Array.from({ length: 100 }, (_, index) => record(`r${index}`)));
    const cut = await send(at, whole.slice(0, whole.indexOf('r50,') + 20));
    expect(cut).toMatchObject({ rated: 50n, malformed: 1n });
    const imports = at.imports();
    const resend = () => imports.run({ business: 'iot', source: 'again', pieces: pieces(whole) });
    expect(await resend()).toMatchObject({ records_read: 100n, rated: 50n, duplicate: 50n });
    expect(await resend()).toMatchObject({ records_read: 100n, rated: 0n, duplicate: 100n });
    expect(await totals(at.database)).toEqual({ '2026-11 01200000001': '10000 in 100' });
  });

  it('IOT-7 lets a whole record take the place of one whose last number was cut off', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    const whole = csv([record('a', { down: '12345' }), record('b', { down: '67890' })]);
    expect(await send(at, whole.slice(0, -3))).toMatchObject({ rated: 2n, rated_bytes: String(12355 + 688) });
    expect(await send(at, whole)).toMatchObject({ records_read: 2n, rated: 1n, duplicate: 1n, rated_bytes: '67900' });
    expect(await totals(at.database)).toEqual({ '2026-11 01200000001': `${12355 + 67900} in 2` });
    expect(await send(at, whole)).toMatchObject({ rated: 0n, duplicate: 2n });
    const { rows } = await at.database.query('select kind, late, record_id, by_id from usage_corrections');
    expect(rows).toEqual([{ kind: 2, late: false, record_id: 'b', by_id: 'b' }]);
  });

  it('IOT-7 takes the same record without a line end as whole once it has come with one', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    await send(at, csv([record('a')]).trimEnd());
    expect(await send(at, csv([record('a')]))).toMatchObject({ rated: 0n, duplicate: 1n });
    expect(await send(at, csv([record('a', { down: '5' })]))).toMatchObject({ rated: 0n, duplicate: 1n });
    expect(await totals(at.database)).toEqual({ '2026-11 01200000001': '100 in 1' });
  });

  it('tells ids with the same hash apart', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    const ids = ['a', 'd', 'g', 'b', 'e', 'a', 'g', 'c', 'ax'];
    expect(await send(at, csv(ids.map((id) => record(id))), { mask: 1 })).toMatchObject({ rated: 7n, duplicate: 2n });
    const again = [...ids, 'new', 'h', 'new'];
    expect(await send(at, csv(again.map((id) => record(id))), { mask: 1 })).toMatchObject({
      rated: 2n,
      duplicate: 10n,
    });
    expect(await totals(at.database)).toEqual({ '2026-11 01200000001': '900 in 9' });
  });

  it('IOT-7 finds duplicates whose keys had to leave the memory, also after a restart', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    await seedLine(at.database, { number: '01200000002' });
    const options = { keyMemory: 64 * 1024, limits: { bytes: 256 * 1024, records: 3_000 } };
    const rows = Array.from({ length: 30_000 }, (_, index) =>
      record(`r${index}`, { number: `0120000000${1 + (index % 2)}` }),
    );
    const imports = at.imports(options);
    const run = (sent: string[], by = imports) => by.run({ business: 'iot', source: '', pieces: pieces(csv(sent)) });
    expect(await run(rows)).toMatchObject({ rated: 30_000n });
    const more = [...rows.toReversed(), record('new')];
    expect(await run(more)).toMatchObject({ rated: 1n, duplicate: 30_000n });
    expect(await run(more, at.imports(options))).toMatchObject({ rated: 0n, duplicate: 30_001n });
  });

  it('keeps usage of a closed month as late', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    await send(at, csv([record('a')]));
    await at.database.query("update periods set state = 'CLOSED'");
    const file = csv([record('b'), record('c', { time: '2026-10-31T14:59:59Z' }), record('a')]);
    expect(await send(at, file)).toMatchObject({ rated: 1n, late: 1n, duplicate: 1n, rated_bytes: '100' });
    expect(await send(at, file)).toMatchObject({ rated: 0n, late: 0n, duplicate: 3n });
    expect(await totals(at.database)).toEqual({
      '2026-10 01200000001': '100 in 1',
      '2026-11 01200000001': '100 in 1',
    });
  });

  it('finds the line of a service number that was given away', async () => {
    await using at = await world();
    const end = new Date('2026-11-05T00:00:00Z');
    await seedLine(at.database, { id: 'old', number: '01200000001', active: [{ start: new Date('2026-10-01'), end }] });
    await at.database.query("update rating_accounts set open = false where line_id = 'old'");
    await seedLine(at.database, { id: 'new', number: '01200000001', active: [{ start: end }] });
    await send(at, csv([record('a', { time: '2026-11-04T23:59:59Z' }), record('b', { time: '2026-11-05T00:00:00Z' })]));
    const { rows } = await at.database.query(
      'select line_id, sum(records)::int as records from usage_blocks join rating_accounts a on a.no = first_account group by 1 order by 1',
    );
    expect(rows).toEqual([{ line_id: 'old', records: 2 }]);
    const totalsByLine = await at.database.query(
      'select line_id from usage_deltas, unnest(accounts) account join rating_accounts on no = account order by 1',
    );
    expect(totalsByLine.rows).toEqual([{ line_id: 'new' }, { line_id: 'old' }]);
  });

  it('sees a line that was activated between two files', async () => {
    await using at = await world();
    const imports = at.imports();
    const run = () => imports.run({ business: 'iot', source: '', pieces: pieces(csv([record('a')])) });
    expect(await run()).toMatchObject({ unknown_line: 1n });
    await seedLine(at.database, { number: '01200000001' });
    expect(await run()).toMatchObject({ rated: 1n });
  });

  it('sums volumes that no int8 holds', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    const most = String(Number.MAX_SAFE_INTEGER);
    const rows = Array.from({ length: 1100 }, (_, index) => record(`r${index}`, { up: most, down: most }));
    const file = await send(at, csv(rows));
    const sum = BigInt(Number.MAX_SAFE_INTEGER) * 2200n;
    expect(file).toMatchObject({ rated: 1100n, rated_bytes: String(sum) });
    expect(await totals(at.database)).toEqual({ '2026-11 01200000001': `${sum} in 1100` });
  });
});

describe('bad input', () => {
  it('a wrong header fails the file and keeps nothing', async () => {
    await using at = await world();
    for (const text of ['', 'id,number\nx,y\n', `${headerLine},more\n`, 'x'.repeat(100_000)]) {
      await expect(send(at, text)).rejects.toMatchObject({ reason: 'USAGE_FILE_HEADER_INVALID' });
    }
    const { rows } = await at.database.query('select state, state_reason, records_read from usage_files');
    expect(rows).toEqual(
      Array.from({ length: 4 }, () => ({
        state: 'FAILED',
        state_reason: 'USAGE_FILE_HEADER_INVALID',
        records_read: 0n,
      })),
    );
  });

  it('a header with byte order mark, quotes and CRLF is fine, and so is a file without records', async () => {
    await using at = await world();
    const quoted = headerLine.replaceAll(/\w+/g, '"$&"');
    expect(await send(at, `\ufeff${quoted}\r\n`)).toMatchObject({ state: 'IMPORTED', records_read: 0n });
    expect(await send(at, headerLine)).toMatchObject({ state: 'IMPORTED', records_read: 0n });
  });

  it('counts every broken line once and rates the rest of the file', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    const broken = [
      record('year-1', { time: '0001-01-01T00:00:00Z' }),
      record('year-9999', { time: '9999-12-31T23:59:59Z' }),
      record('overflow', { up: '9007199254740992' }),
      record('huge', { up: '9'.repeat(400) }),
      record('negative', { up: '-5' }),
      record('fraction', { up: '1.5' }),
      record('exponent', { up: '1e3' }),
      record('day', { time: '2026-02-30T00:00:00Z' }),
      record('no-zone', { time: '2026-11-10T10:00:00' }),
      record('i'.repeat(65)),
      record(''),
      `${record('seven')},x`,
      '"unclosed,01200000001,iot.kr,2026-11-10T10:00:00Z,1,1',
      record('nul\u0000'),
      ',,,,,',
      '🙂'.repeat(20),
    ];
    const text = csv([record('ok-1'), ...broken, record('ok-2'), '', `${record('ok-3')}\r`, `"ok,4"${record('')}`]);
    const invalid = Buffer.from([0xff, 0xfe, 0x2c, 0xc3, 0x28, 0x0a]);
    const row = await send(at, Buffer.concat([Buffer.from(text), invalid, Buffer.from(`${record('ok-5')}\n`)]));
    expect(row).toMatchObject({ state: 'IMPORTED', rated: 5n, malformed: BigInt(broken.length + 1) });
    expect(row.records_read).toBe(BigInt(broken.length + 1 + 5));
    const listed = await rejections(at);
    expect(listed).toHaveLength(broken.length + 1);
    expect(listed.at(-1)).toContain('MALFORMED \ufffd\ufffd,\ufffd(');
  });

  it('a line of 100 MB is one rejection', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    async function* file() {
      yield Buffer.from(`${headerLine}\n${record('a')}\n`);
      for (let sent = 0; sent < 100; sent++) yield Buffer.alloc(1024 * 1024, 'x');
      yield Buffer.from(`\n${record('b')}\n`);
    }
    const row = await at.imports().run({ business: 'iot', source: '', pieces: file() });
    expect(row).toMatchObject({ records_read: 3n, rated: 2n, malformed: 1n });
    const [{ record: text }] = (await at.database.query('select record from usage_rejections')).rows;
    expect(text).toHaveLength(501);
    const { rows } = await at.database.query('select fields from usage_blocks');
    const lines = rows.flatMap(({ fields }) => [...readFields(fields).line]);
    expect(lines.sort()).toEqual([2, 4]);
  });

  it('reads gzip, and ends at a broken or exploding one with what was rated by then', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    expect(await send(at, gzipSync(csv([record('a')])))).toMatchObject({ rated: 1n });
    const packed = gzipSync(csv(Array.from({ length: 5000 }, (_, index) => record(`r${index}`))));
    await expect(send(at, packed.subarray(0, packed.length - 20))).rejects.toMatchObject({
      reason: 'USAGE_FILE_CORRUPT',
    });
    await expect(send(at, Buffer.from([0x1f, 0x8b, 1, 2, 3, 4, 5, 6]))).rejects.toMatchObject({
      reason: 'USAGE_FILE_CORRUPT',
    });
    const bomb = gzipSync(Buffer.concat([Buffer.from(csv([record('b')])), Buffer.alloc(64 * 1024 * 1024, 'x')]));
    await expect(send(at, bomb)).rejects.toMatchObject({ reason: 'USAGE_FILE_BOMB' });
    const { rows } = await at.database.query("select count(*)::int from usage_files where state = 'IMPORTING'");
    expect(rows).toEqual([{ count: 0 }]);
  });

  it('an upload whose sender has fallen silent for good ends, and keeps nobody waiting', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    const imports = at.imports({ concurrency: 1, mostSilenceMs: 300 });
    async function* silent() {
      yield Buffer.from(csv([record('a'), record('b')]));
      await new Promise(() => {});
    }
    const sent = imports.run({ business: 'iot', source: 'silent', pieces: silent() });
    const next = imports.run({ business: 'iot', source: 'next', pieces: pieces(csv([record('a')])) });
    await expect(sent).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
    expect(await next).toMatchObject({ rated: 1n });
    const { rows } = await at.database.query('select state, state_reason from usage_files order by no limit 1');
    expect(rows).toEqual([{ state: 'FAILED', state_reason: 'DEADLINE_EXCEEDED' }]);
  });

  it('an upload that breaks off fails its file at once and leaves no half line', async () => {
    await using at = await world();
    await seedLine(at.database, { number: '01200000001' });
    async function* file() {
      yield Buffer.from(csv([record('a')]));
      yield Buffer.from(record('b').slice(0, -1));
      throw new Error('the caller went away');
    }
    await expect(at.imports().run({ business: 'iot', source: '', pieces: file() })).rejects.toThrow();
    const { rows } = await at.database.query('select state, rated from usage_files');
    expect(rows).toEqual([{ state: 'FAILED', rated: 0n }]);
    expect(await totals(at.database)).toEqual({});
  });
});
