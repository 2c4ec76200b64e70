import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { count, type Line, type UsageFile } from '../../deploy/local/sample/resources.ts';
import { HEADER } from '../../deploy/local/sample/usageFile.ts';
import {
  activeLine,
  type Business,
  csv,
  MONTH,
  moment,
  newCustomer,
  openBusiness,
  record,
  upload,
} from './business.ts';
import { total } from './deviceFleet.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let business: Business;
let line: Line;
let ratingPid: number | undefined;

beforeAll(async () => {
  world = theWorld();
  business = await openBusiness(world.operator);
  const customer = await newCustomer(world.operator);
  line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
  ratingPid = await world.pid('rating');
});

afterEach(async () => {
  // Whatever came in: the same process is still there, and answers.
  expect(await world.pid('rating')).toBe(ratingPid);
  await world.operator.get(`/v1/usageFiles?business=${business.name}`);
});

async function send(body: RequestInit['body'], source = 'bad.csv') {
  return request(`${world.gatewayUrl}/v1/usageFiles?business=${business.name}&source=${source}`, {
    method: 'POST',
    token: await world.token('operator'),
    headers: { 'content-type': 'text/csv' },
    body,
  });
}

describe('IOT-6 bad input', () => {
  test('IOT-6 a wrong header is refused and nothing of the file is rated', async () => {
    const answer = await send(Buffer.from(`id,number\n${record(line, 1)}\n`));
    expect(answer).toMatchObject({ status: 400, reason: 'USAGE_FILE_HEADER_INVALID' });
    expect(await send(Buffer.from(''))).toMatchObject({ status: 400, reason: 'USAGE_FILE_HEADER_INVALID' });
    expect(await send(Buffer.from(HEADER.slice(0, 20)))).toMatchObject({ status: 400 });
  });

  test('IOT-6 a file that is only a header is a file without records', async () => {
    expect(count((await upload(world.operator, business, Buffer.from(`${HEADER}\n`))).recordsRead)).toBe(0);
    expect(count((await upload(world.operator, business, Buffer.from(HEADER))).recordsRead)).toBe(0);
  });

  test('IOT-6 years 1 and 9999, impossible dates, negative, overflowing and broken volumes are counted, the rest is rated', async () => {
    const broken = [
      record(line, 1, '0001-01-01T00:00:00Z'),
      record(line, 1, '9999-12-31T23:59:59Z'),
      record(line, 1, `${MONTH.slice(0, 4)}-02-30T00:00:00Z`),
      record(line, 1, '2026-13-01T00:00:00Z'),
      record(line, 1, moment(MONTH, 5).replace('T00', 'T24')),
      record(line, 1, moment(MONTH, 5).replace('+09:00', '')),
      record(line, 1, ''),
      record(line, -1n),
      record(line, 9_223_372_036_854_775_808n),
      record(line, 10n ** 40n),
      record(line, 1).replace(/,1,0$/, ',9223372036854775807,9223372036854775807'),
      record(line, 1).replace(/,1,0$/, ',1e3,0'),
      record(line, 1).replace(/,1,0$/, ',0x10,0'),
      record(line, 1).replace(/,1,0$/, ', 1,0'),
      record(line, 1).replace(/,1,0$/, ',1.0,0'),
      record(line, 1).replace(/,1,0$/, ',١,0'),
      record(line, 1).replace(/,1,0$/, ',1'),
      `${record(line, 1)},`,
      `${'i'.repeat(5000)}${record(line, 1)}`,
      '"',
      `"${record(line, 1)}`,
      ',,,,,',
    ];
    const sound = [record(line, 1), record(line, 2), record(line, 4)];
    const file = await upload(world.operator, business, csv([...sound.slice(0, 2), ...broken, ...sound.slice(2)]));
    expect(file.state).toBe('USAGE_FILE_STATE_IMPORTED');
    expect({ read: count(file.recordsRead), rated: count(file.rated), rejected: count(file.rejected) }).toEqual({
      read: broken.length + 3,
      rated: 3,
      rejected: broken.length,
    });
    const allowed = new Set(['MALFORMED', 'FUTURE', 'LINE_NOT_ACTIVE']);
    expect(Object.keys(file.rejectionsByReason ?? {}).filter((reason) => !allowed.has(reason))).toEqual([]);
  });

  test('IOT-6 the largest volumes are added exactly', async () => {
    const largest = record(line, 1).replace(/,1,0$/, ',9007199254740991,9007199254740991');
    const again = () => largest.replace(/^[^,]+/, crypto.randomUUID());
    const own = await openBusiness(world.operator);
    const customer = await newCustomer(world.operator);
    const big = await activeLine(world.operator, { customerId: customer.id, offeringId: own.offeringId });
    const records = [again(), again(), again(), record(line, 1)].map((text) =>
      text.replace(line.serviceNumber, big.serviceNumber),
    );
    expect(await upload(world.operator, own, csv(records))).toMatchObject({ rated: '4' });
    expect((await total(world, big)).bytes).toBe(9_007_199_254_740_991n * 6n + 1n);
  });

  test('IOT-6 invalid UTF-8, zero bytes and control characters are counted, and the rejections can still be downloaded', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${HEADER}\n`),
      Buffer.from(`${record(line, 1)}\n`),
      Buffer.from([0xff, 0xfe, 0x80, 0xc3, 0x28, 0x2c, 0x2c, 0x0a]),
      Buffer.from([0x00, 0x01, 0x02, 0x0a]),
      Buffer.from(record(line, 1).replace('test', 't\u0000st')),
      Buffer.from('\n'),
      Buffer.from([0xed, 0xa0, 0x80, 0x0a]),
      Buffer.from(`${record(line, 2)}\n`),
    ]);
    const file = await upload(world.operator, business, bytes);
    expect(file).toMatchObject({ state: 'USAGE_FILE_STATE_IMPORTED', recordsRead: '6', rated: '2', rejected: '4' });
    const rejections = await request(`${world.gatewayUrl}/v1/usageFiles/${file.id}/rejections`, {
      token: await world.token('operator'),
    });
    expect(rejections.status).toBe(200);
    expect(rejections.text).toContain('MALFORMED');
  });

  test('IOT-6 a record id with invalid UTF-8 does not pass for another', async () => {
    const tail = record(line, 1).slice(36);
    const odd = (byte: number) => Buffer.concat([Buffer.from([0x61, byte]), Buffer.from(`${tail}\n`)]);
    const file = await upload(
      world.operator,
      business,
      Buffer.concat([Buffer.from(`${HEADER}\n`), odd(0xff), odd(0xfe)]),
    );
    expect(file).toMatchObject({ recordsRead: '2', rejected: '2' });
  });

  test('IOT-6 a line of 100 MB is one rejection, and what follows it is rated', { timeout: 120_000 }, async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    const body = ReadableStream.from(
      (async function* () {
        yield Buffer.from(`${HEADER}\n${record(line, 1)}\n`);
        for (let index = 0; index < 100; index++) yield piece;
        yield Buffer.from(`\n${record(line, 2)}\n`);
      })(),
    );
    const answer = await send(body, 'long.csv');
    expect(answer.status).toBe(200);
    const file = JSON.parse(answer.text) as UsageFile;
    expect(file).toMatchObject({ recordsRead: '3', rated: '2', rejected: '1', rejectionsByReason: { MALFORMED: '1' } });
    const rejections = await request(`${world.gatewayUrl}/v1/usageFiles/${file.id}/rejections`, {
      token: await world.token('operator'),
    });
    expect(rejections.bytes.length).toBeLessThan(100_000);
  });

  test('IOT-6 a gzip bomb is refused long before it is unpacked, and a broken gzip file says so', {
    timeout: 120_000,
  }, async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from(`${HEADER}\n`), Buffer.alloc(400 * 1024 * 1024, '\n')]), {
      level: 9,
    });
    expect(bomb.length).toBeLessThan(1024 * 1024);
    expect(await send(bomb, 'bomb.csv.gz')).toMatchObject({ status: 400, reason: 'USAGE_FILE_BOMB' });

    const zipped = gzipSync(csv(Array.from({ length: 1000 }, () => record(line, 1))));
    const truncated = await send(zipped.subarray(0, zipped.length - 200), 'cut.csv.gz');
    expect(truncated).toMatchObject({ status: 400, reason: 'USAGE_FILE_CORRUPT' });
    const damaged = Buffer.from(zipped);
    damaged.fill(0x55, 2000, 2100);
    expect(await send(damaged, 'damaged.csv.gz')).toMatchObject({ status: 400, reason: 'USAGE_FILE_CORRUPT' });
  });

  test('IOT-6 an unnamed or ill-named business is refused', async () => {
    const token = await world.token('operator');
    const headers = { 'content-type': 'text/csv' };
    for (const query of ['', '?business=', '?business=Not%20A%20Name']) {
      const answer = await request(`${world.gatewayUrl}/v1/usageFiles${query}`, {
        method: 'POST',
        token,
        headers,
        body: csv([record(line, 1)]),
      });
      expect({ query, status: answer.status }).toEqual({ query, status: 400 });
      expect(answer.fields).toContain('business');
    }
  });
});
