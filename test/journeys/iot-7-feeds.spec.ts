import { randomInt, randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { expect, inject, test } from 'vitest';
import { ReportUsageRequestSchema } from '#proto/rating/v1/usage_service';
import { closeMonth } from '../../deploy/local/sample/closeMonth.ts';
import type { Invoice, Line } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { sendReport } from '../bench/sendReport.ts';
import { activeLine, type Business, csv, MONTH, moment, newCustomer, openBusiness, upload } from './business.ts';
import { total } from './deviceFleet.ts';
import { theWorld, type World } from './world.ts';

const lineCount = 6;
const recordCount = 1_500;

interface Feed {
  readonly business: Business;
  readonly lines: readonly Line[];
}

/** A record of the same thing in both businesses: of their n-th line. */
interface Usage {
  readonly id: string;
  readonly line: number;
  readonly time: string;
  readonly up: number;
  readonly down: number;
}

function usages(): Usage[] {
  return Array.from({ length: recordCount }, () => ({
    id: randomUUID(),
    line: randomInt(lineCount),
    time: moment(MONTH, randomInt(1, 29), `${randomInt(10, 24)}:00:00`),
    up: randomInt(3_000_000),
    down: randomInt(3_000_000),
  }));
}

async function openFeed(world: World): Promise<Feed> {
  const { operator } = world;
  const business = await openBusiness(operator, {
    fee: '3300',
    unit: '1000',
    allowance: '50000000',
    tiers: [{ upTo: '600000', unitPrice: '0.0123' }, { unitPrice: '0.00871' }],
  });
  const { offeringId } = business;
  const lines: Line[] = [];
  // A customer each, so that an invoice is a line's.
  for (let line = 0; line < lineCount; line++) {
    const customerId = (await newCustomer(operator)).id;
    lines.push(await activeLine(operator, { customerId, offeringId }));
  }
  return { business, lines };
}

const row = ({ lines }: Feed, { id, line, time, up, down }: Usage) =>
  [id, lines[line]?.serviceNumber, 'test.iot.kr', time, up, down].join(',');

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((each) => [Math.random(), each] as const)
    .sort(([one], [other]) => one - other)
    .map(([, each]) => each);
}

/** Each record at least once, some again, in any order, by every way there is, several at a time. */
async function feedInPieces(world: World, feed: Feed, all: readonly Usage[]): Promise<void> {
  const { operator } = world;
  const { business } = feed;
  const sent = shuffled([...all, ...shuffled(all).slice(0, recordCount / 3)]);
  const piece = (of: number) => sent.slice((sent.length * of) / 5, (sent.length * (of + 1)) / 5);
  const rows = (of: number) => piece(of).map((each) => row(feed, each));
  const folder = join(inject('mesh').dataDir, 'drop', business.name);
  await mkdir(folder, { recursive: true });
  const dropped = async () => {
    await writeFile(join(folder, '.dropped.csv.gz'), gzipSync(csv(rows(0))));
    await rename(join(folder, '.dropped.csv.gz'), join(folder, 'dropped.csv.gz'));
    await until('the dropped file to be imported', 30_000, async () => {
      const path = `/v1/usageFiles?business=${business.name}&kind=USAGE_FILE_KIND_DROP&state=USAGE_FILE_STATE_IMPORTED`;
      return (await operator.get<{ usageFiles?: object[] }>(path)).usageFiles?.[0];
    });
  };
  const reported = async () => {
    for (let left = piece(3); left.length > 0; ) {
      const records = left.splice(0, randomInt(1, 120)).map(({ id, line, time, up, down }) => ({
        recordId: id,
        serviceNumber: feed.lines[line]?.serviceNumber,
        apn: 'test.iot.kr',
        startTime: time,
        bytesUp: String(up),
        bytesDown: String(down),
      }));
      await operator.post('/v1/usage:report', { business: business.name, records }, randomUUID());
    }
  };
  const streamed = async () => {
    const messages: Buffer[] = [];
    for (let left = piece(4); left.length > 0; ) {
      const records = left.splice(0, randomInt(1, 60)).map(({ id, line, time, up, down }) => ({
        recordId: id,
        serviceNumber: feed.lines[line]?.serviceNumber ?? '',
        apn: 'test.iot.kr',
        startTime: timestampFromDate(new Date(time)),
        bytesUp: BigInt(up),
        bytesDown: BigInt(down),
      }));
      const request = create(ReportUsageRequestSchema, { business: business.name, records });
      messages.push(Buffer.from(toBinary(ReportUsageRequestSchema, request)));
    }
    await sendReport(messages, {
      address: `127.0.0.1:${inject('mesh').ports.rating}`,
      token: await world.token('operator'),
    });
  };
  await Promise.all([
    dropped(),
    upload(operator, business, csv(rows(1)), 'plain.csv'),
    upload(operator, business, gzipSync(csv(rows(2))), 'zipped.csv'),
    reported(),
    streamed(),
  ]);
  // And all of it once more.
  await upload(operator, business, csv(shuffled(all).map((each) => row(feed, each))), 'again.csv');
}

/** What an invoice charges, without what names the business, the line and the moment. */
function contentOf({ lines = [], subtotal, tax, total: sum }: Invoice) {
  return {
    lines: lines.map(({ component, quantity, amount }) => ({ component, quantity, amount })),
    subtotal,
    tax,
    total: sum,
  };
}

test('IOT-7 IOT-9 the same records by any way, in any order, some again, end in the same totals and the same invoices', {
  timeout: 180_000,
}, async () => {
  const world = theWorld();
  const [plain, pieces] = [await openFeed(world), await openFeed(world)];
  const all = usages();
  await upload(world.operator, plain.business, csv(all.map((each) => row(plain, each))));
  await feedInPieces(world, pieces, all);
  const totalsOf = ({ lines }: Feed) => Promise.all(lines.map((line) => total(world, line)));
  const totals = await totalsOf(plain);
  expect(totals.reduce((sum, { records }) => sum + records, 0)).toBe(recordCount);
  expect(await totalsOf(pieces)).toEqual(totals);

  const invoicesOf = async ({ business, lines }: Feed) => {
    const { invoices, settlement } = await closeMonth(world.operator, { business: business.name, month: MONTH });
    expect(settlement.state).toBe('SETTLEMENT_STATE_SETTLED');
    const whole = await Promise.all(invoices.map(({ id }) => world.operator.get<Invoice>(`/v1/invoices/${id}`)));
    return lines.map((line) => {
      const invoice = whole.find(({ customerId }) => customerId === line.customerId);
      return invoice && contentOf(invoice);
    });
  };
  const invoices = await invoicesOf(plain);
  expect(invoices.every((invoice) => invoice && invoice.lines.length > 0)).toBe(true);
  expect(await invoicesOf(pieces)).toEqual(invoices);
});
