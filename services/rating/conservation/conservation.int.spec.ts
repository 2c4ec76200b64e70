import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { BillRunCompletedSchema, InvoiceIssuedSchema } from '#proto/billing/v1/events';
import { type Conservation, ConservationSchema } from '#proto/rating/v1/conservation';
import { GetConservationRequestSchema } from '#proto/rating/v1/conservation_service';
import { onBillRunCompleted } from '../consumers/billRunCompleted.ts';
import { onInvoiceIssued } from '../consumers/invoiceIssued.ts';
import { at, context, MonthWorld, month, report } from '../periods/testing/monthWorld.ts';
import { clock, headerLine, pieces, timeZone } from '../testing/world.ts';
import { foldDeltas } from '../usage/store/totals.ts';
import { conservationService } from './rpc/conservationService.ts';
import { conservationWorker } from './worker.ts';

async function conservation(on: MonthWorld): Promise<Conservation> {
  const { handlers } = conservationService({ database: on.database, timeZone });
  const get = handlers.getConservation as (request: unknown, ctx: unknown) => Promise<object>;
  const request = create(GetConservationRequestSchema, { business: 'iot', period: month });
  return create(ConservationSchema, await get(request, context));
}

/** Two lines, one with a price record by record; a file with a duplicate and a rejection. */
async function usedMonth(): Promise<MonthWorld> {
  const on = await MonthWorld.open();
  const data = { name: 'data', metric: 'bytes', model: { case: 'perUnit', value: { unitPrice: '1' } } } as const;
  await on.tariff('plain', [data]);
  await on.tariff('steps', [{ ...data, increment: '10' }]);
  await on.line('0101', 'plain');
  await on.line('0102', 'steps');
  const first = on.record('0101', at(3), 100);
  await on.use(first, on.record('0102', at(4), 7), on.record('0102', at(5), 8), first, on.record('0199', at(3), 1));
  await on.database.transaction((tx) => foldDeltas(tx));
  return on;
}

const look = (on: MonthWorld) =>
  conservationWorker({ database: on.database, clock, timeZone, everyMs: 0, report }).run(new AbortController().signal);
const checks = ({ faults }: { faults: { check: string }[] }) => faults.map(({ check }) => check);

describe('conservation of usage', () => {
  it('IOT-6 IOT-11 every record and byte is followed from the file to the invoice', async () => {
    await using on = await usedMonth();
    expect(await conservation(on)).toMatchObject({
      conserved: true,
      ratedBytes: 115n,
      ratedRecords: 3n,
      accumulatedBytes: 115n,
      accumulatedRecords: 3n,
      movedBytes: 0n,
      billed: false,
      files: [{ received: 5n, rated: 3n, duplicate: 1n, rejected: 1n, late: 0n, kept: 3n, conserved: true }],
    });
    await on.close();
    await on.use(on.record('0101', at(9), 50));
    expect(await conservation(on)).toMatchObject({
      conserved: true,
      movedBytes: 115n,
      lateRecords: 1n,
      lateBytes: 50n,
      files: [{ late: 0n }, { late: 1n, kept: 1n }],
    });
    const invoice = { id: 'i1', business: 'iot', period: month };
    const invoicedLines = [
      { lineId: '0101', usageBytes: 100n },
      { lineId: '0102', usageBytes: 15n },
    ];
    await on.database.transaction(async (tx) => {
      const run = create(BillRunCompletedSchema, { business: 'iot', period: month, invoices: 1n });
      await onBillRunCompleted.handle(run, tx, {} as never);
    });
    // The run's end may overtake the invoices.
    expect(await conservation(on)).toMatchObject({ conserved: true, billed: false, invoicedBytes: 0n });
    await on.database.transaction(async (tx) => {
      await onInvoiceIssued.handle(create(InvoiceIssuedSchema, { invoice, invoicedLines }), tx, {} as never);
    });
    expect(await conservation(on)).toMatchObject({ conserved: true, billed: true, invoicedBytes: 115n });
    await on.database.query('update periods set invoiced_bytes = 114');
    expect(checks(await conservation(on))).toEqual(['moved = invoiced (bytes)']);
  });

  it.each([
    [
      'update usage_totals set bytes = bytes + 1 where account_no = 1',
      ['rated = accumulated (bytes)', 'rated = accumulated (bytes of line 0101)'],
    ],
    [
      `update usage_blocks set records = 1, accounts = substring(accounts for 4), outcomes = substring(outcomes for 1),
         fields = substring(fields from 33) where first_account = 2`,
      [
        'rated = accumulated (bytes)',
        'rated = accumulated (records)',
        'rated = accumulated (bytes of line 0102)',
        'rated = accumulated (records of line 0102)',
        'rated + late = kept records',
      ],
    ],
    [
      "update usage_blocks set accounts = '\\x01000000'::bytea || substring(accounts from 5) where first_account = 2",
      [
        'rated = accumulated (bytes of line 0101)',
        'rated = accumulated (records of line 0101)',
        'rated = accumulated (bytes of line 0102)',
        'rated = accumulated (records of line 0102)',
      ],
    ],
    ['update usage_files set rated = rated + 1, records_read = records_read + 1', ['rated + late = kept records']],
    ['update usage_files set duplicate = 0', ['received = rated + duplicate + rejected + late']],
    ['delete from usage_rejections', ['rejected = kept rejections']],
  ])('IOT-11 damage is found, told once, and blocks the close until it is repaired: %s', async (damage, expected) => {
    await using on = await usedMonth();
    const tables = ['usage_totals', 'usage_blocks', 'usage_files', 'usage_rejections'];
    for (const table of tables) await on.database.query(`create table ${table}_whole as select * from ${table}`);
    await on.database.query(damage);
    const found = await conservation(on);
    expect(found.conserved).toBe(false);
    expect(checks(found)).toEqual(expected);
    expect(checks(await on.preview())).toEqual(expected);

    await look(on);
    await look(on);
    const told = await on.differences();
    expect(told.map(({ check }) => check)).toEqual(expected);
    expect(told[0]).toMatchObject({ periodId: 'iot-2026-11', departmentEmail: 'iot@jangbu.example' });
    await expect(on.close()).rejects.toMatchObject({ reason: 'USAGE_NOT_CONSERVED' });

    for (const table of tables) {
      await on.database.query(`delete from ${table}`);
      const generated = table === 'usage_files' ? 'overriding system value' : '';
      await on.database.query(`insert into ${table} ${generated} select * from ${table}_whole`);
    }
    await on.close();
    expect((await on.preview()).period).toMatchObject({ state: 3, moved: 2n });
    // What was told is told again only after it has agreed.
    await on.database.query('update usage_totals set records = records + 1 where account_no = 1');
    await look(on);
    expect(await on.differences()).toHaveLength(expected.length + 3);
  });

  it('IOT-11 records that cannot be are missed in the sums, and end no look at a month', async () => {
    await using on = await usedMonth();
    // An account that is not there, and a volume that is no number.
    await on.database.query(
      `update usage_blocks set accounts = '\\xffffff7f'::bytea || substring(accounts from 5),
         fields = substring(fields for 40) || '\\x000000000000f87f'::bytea || substring(fields from 49) where first_account = 2`,
    );
    const expected = [
      'rated = accumulated (bytes)',
      'rated = accumulated (records)',
      'rated = accumulated (bytes of line 0102)',
      'rated = accumulated (records of line 0102)',
    ];
    expect(checks(await conservation(on))).toEqual(expected);
    await on.close();
    expect((await on.differences()).map(({ check }) => check)).toEqual(expected);
    expect(await on.moved()).toEqual([]);
    await expect(on.close()).rejects.toMatchObject({ reason: 'USAGE_NOT_CONSERVED' });
  });

  it('IOT-11 a block of late records that is lost is found, though it is in no total', async () => {
    await using on = await usedMonth();
    await on.close();
    await on.use(on.record('0101', at(9), 50));
    await on.database.query('delete from usage_blocks where batch = (select max(batch) from usage_blocks)');
    expect((await conservation(on)).faults).toMatchObject([
      { check: 'rated + late = kept records', expected: '1', actual: '0' },
    ]);
  });

  it('IOT-11 IOT-13 a correction that is lost is found, also one that came after the close and is in no total', async () => {
    await using on = await usedMonth();
    await on.close();
    const correction = `again,0101,iot.kr,${at(3).toISOString()},90,0,REPLACE,r0`;
    const text = `${headerLine},correction,corrects\n${correction}\n`;
    await on.world.imports().run({ business: 'iot', source: '', pieces: pieces(text) });
    expect(await conservation(on)).toMatchObject({ conserved: true, lateRecords: 1n });
    await on.database.query('delete from usage_corrections');
    expect((await conservation(on)).faults).toMatchObject([
      { check: 'correcting records = kept corrections', expected: '1', actual: '0' },
    ]);
  });

  it('IOT-11 damage that nobody has looked for opens the month again before anything is handed over', async () => {
    await using on = await usedMonth();
    await on.database.query('update usage_totals set bytes = bytes + 1 where account_no = 1');
    await on.close();
    expect(await on.moved()).toEqual([]);
    expect((await on.preview()).period).toMatchObject({ state: 1, moved: 0n });
    expect((await on.differences()).map(({ check }) => check)).toEqual([
      'rated = accumulated (bytes)',
      'rated = accumulated (bytes of line 0101)',
    ]);
    await expect(on.close()).rejects.toMatchObject({
      reason: 'USAGE_NOT_CONSERVED',
      metadata: { check: 'rated = accumulated (bytes of line 0101)', expected: '100', actual: '101', file: '' },
    });
    await on.database.query('update usage_totals set bytes = bytes - 1 where account_no = 1');
    await on.close();
    expect(await on.moved()).toHaveLength(2);
  });
});
