import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DocumentFormat } from '#proto/settlement/v1/settlement_service';
import { pieceLimit } from './document/pieces.ts';
import { getSettlementDocument } from './rpc/getSettlementDocument.ts';
import { listCustomerSettlements, listSettlements } from './rpc/listSettlements.ts';
import { Bench, billRunCompleted, invoice, periodClosed } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
  await bench.handle(
    invoice('kim', [['추적기, "A"', 1_234n, 1_000n]]),
    invoice('lee', [['meter', 5n, 200n]]),
    invoice('lee', [['meter', 6n, 100n]], '2026-10'),
    billRunCompleted(2n, 2n, 1_239n, 1_200n),
    periodClosed({ lines: 2n, usageBytes: 1_240n }),
  );
});
afterAll(() => bench[Symbol.asyncDispose]());

const key = { business: 'iot', period: '2026-11' };

async function document(format: DocumentFormat, about = key) {
  const pieces = await Array.fromAsync(getSettlementDocument(bench.database)({ ...about, format } as never));
  return {
    pieces,
    types: pieces.map(({ contentType }) => contentType),
    bytes: Buffer.concat(pieces.map((p) => p.data)),
  };
}

test('the CSV has every sum, quoted by RFC 4180', async () => {
  const { types, bytes } = await document(DocumentFormat.CSV);
  expect(types).toEqual(['text/csv; charset=utf-8']);
  const lines = bytes.toString().split('\r\n');
  expect(lines[0]).toBe('row,id,currency,invoices,lines,usage_bytes,charges,tax,total,figure,source,expected,actual');
  expect(lines[1]).toBe('settlement,iot-2026-11,,2,2,1239,,,,state,,,DIFFERENCE');
  expect(lines[2]).toBe('total,,KRW,,,,1200,120,1320,,,,');
  expect(lines).toContain('product,"추적기, ""A""",KRW,,1,1234,1000,,,,,,');
  expect(lines).toContain('difference,,,,,,,,,usageBytes,rating,1240,1239');
  expect(lines).toContain('customer,kim,KRW,1,1,1234,1000,,,,,,');
  expect(lines.at(-1)).toBe('');
});

test('the PDF is a PDF, and the same settlement gives the same bytes', async () => {
  const first = await document(DocumentFormat.UNSPECIFIED);
  expect(first.types[0]).toBe('application/pdf');
  expect(first.types.slice(1).every((type) => type === '')).toBe(true);
  expect(first.bytes.subarray(0, 5).toString()).toBe('%PDF-');
  expect(first.bytes.subarray(-6).toString()).toContain('%%EOF');
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  expect(hash((await document(DocumentFormat.PDF)).bytes)).toBe(hash(first.bytes));
});

test('a document of many customers comes in small pieces, and a reader that leaves gives its connection back', async () => {
  await bench.database.query(
    `insert into settlement_customers
     select 'iot', '2026-10', 'customer-' || lpad(n::text, 6, '0'), 'KRW', 1, 1, n, n from generate_series(1, 5000) n`,
  );
  const about = { ...key, period: '2026-10' };
  const { pieces, bytes } = await document(DocumentFormat.CSV, about);
  expect(pieces.length).toBeGreaterThan(3);
  for (const { data } of pieces) expect(data.length).toBeLessThanOrEqual(pieceLimit);
  expect(bytes.toString().match(/^customer,customer-/gm)).toHaveLength(5_000);
  for (let reader = 0; reader < 15; reader++) {
    const format = DocumentFormat.CSV;
    for await (const piece of getSettlementDocument(bench.database)({ ...about, format } as never)) {
      expect(piece.data.length).toBe(pieceLimit);
      break;
    }
  }
  expect(bench.database.pool.totalCount - bench.database.pool.idleCount).toBe(0);
});

test('settlements are listed newest month first, page by page', async () => {
  const list = listSettlements(bench.database);
  const first = await list({ business: '', pageSize: 1, pageToken: '' } as never);
  expect(first.settlements.map(({ period }) => period)).toEqual(['2026-11']);
  expect(first.settlements[0]).toMatchObject({ totalCharges: { amount: '1200' }, products: [], differences: [] });
  const second = await list({ business: 'iot', pageSize: 1, pageToken: first.nextPageToken } as never);
  expect(second.settlements.map(({ period }) => period)).toEqual(['2026-10']);
  expect(second.nextPageToken).toBe('');
});

test('customers are listed by id, page by page, each once', async () => {
  const seen: string[] = [];
  for (let pageToken = ''; ; ) {
    const request = { ...key, period: '2026-10', pageSize: 1_000, pageToken } as never;
    const page = await listCustomerSettlements(bench.database)(request);
    seen.push(...page.customerSettlements.map(({ customerId }) => customerId));
    pageToken = page.nextPageToken;
    if (pageToken === '') break;
  }
  expect(seen).toHaveLength(5_001);
  expect(new Set(seen).size).toBe(5_001);
});

test('a month that is not there, and a token of elsewhere, are refused', async () => {
  await expect(document(DocumentFormat.PDF, { ...key, period: '2020-01' })).rejects.toMatchObject({
    reason: 'SETTLEMENT_NOT_FOUND',
  });
  const pageToken = Buffer.from('["one"]').toString('base64url');
  await expect(
    listSettlements(bench.database)({ business: '', pageSize: 0, pageToken } as never),
  ).rejects.toMatchObject({
    reason: 'PAGE_TOKEN_INVALID',
  });
});
