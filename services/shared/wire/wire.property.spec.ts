import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvoiceBodySchema } from '#proto/billing/v1/invoice_body';
import { UsageMovedSchema } from '#proto/rating/v1/events';
import { WireReader } from './wireReader.ts';
import { WireWriter } from './wireWriter.ts';

const text = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ minLength: 100, maxLength: 300, unit: 'binary' }));
const whole = fc.oneof(fc.nat(300), fc.maxSafeNat());
const signed = fc.oneof(
  fc.bigInt(-300n, 300n),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.constantFrom(2n ** 52n, -(2n ** 52n), 2n ** 52n - 1n, 1n - 2n ** 52n),
);

describe('the wire format written by hand', () => {
  it('is what the generated code reads', () => {
    const line = fc.record({
      lineId: text,
      records: whole,
      amounts: fc.array(signed, { maxLength: 40 }),
      bytes: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
        const out = new WireWriter(1);
        for (const { lineId, records, amounts, bytes } of lines) {
          const start = out.begin(2);
          out.text(1, lineId);
          out.decimal(5, bytes);
          out.unsigned(6, records);
          const packed = out.begin(7);
          for (const amount of amounts) out.zigzag(amount);
          out.end(packed);
          out.end(start);
        }
        const expected = lines.map(({ records, bytes, ...rest }) => ({
          ...rest,
          records: BigInt(records),
          bytes: String(bytes),
        }));
        expect(fromBinary(InvoiceBodySchema, out.written())).toMatchObject({ lines: expected });
      }),
    );
  });

  it('is read as the generated code writes it, with fields that nobody asks for', () => {
    const line = fc.record({ lineId: text, customerId: text, records: fc.maxSafeNat(), plan: fc.nat(200) });
    fc.assert(
      fc.property(text, fc.array(line, { maxLength: 5 }), (business, lines) => {
        const moved = lines.map(({ records, ...rest }) => ({
          ...rest,
          records: BigInt(records),
          portions: [{ tariffId: 't' }],
        }));
        const bytes = toBinary(UsageMovedSchema, create(UsageMovedSchema, { business, lines: moved }));
        const read: Record<string, unknown>[] = [];
        const fields = new WireReader(bytes);
        let name = '';
        while (fields.next()) {
          if (fields.field === 2) name = fields.text();
          else if (fields.field === 4) {
            const end = fields.length();
            const inner = new WireReader(bytes, fields.at, end);
            const own = { lineId: '', customerId: '', records: 0, plan: 0 };
            while (inner.next()) {
              if (inner.field === 1) own.lineId = inner.text();
              else if (inner.field === 3) own.records = inner.varint();
              else if (inner.field === 5) own.customerId = inner.text();
              else if (inner.field === 6) own.plan = inner.varint();
              else inner.skip();
            }
            read.push(own);
            fields.at = end;
          } else fields.skip();
        }
        expect([name, read]).toEqual([business, lines]);
      }),
    );
  });

  it('refuses what is cut off anywhere', () => {
    const whole = toBinary(
      UsageMovedSchema,
      create(UsageMovedSchema, { business: 'b', lines: [{ lineId: 'line', records: 300n }] }),
    );
    const readAll = (bytes: Uint8Array) => {
      const fields = new WireReader(bytes);
      while (fields.next()) fields.skip();
    };
    readAll(whole);
    // Behind its first field, of three bytes, the message is one that is whole.
    for (let length = 1; length < whole.length; length++) {
      if (length !== 3) expect(() => readAll(whole.subarray(0, length))).toThrow(RangeError);
    }
  });
});
