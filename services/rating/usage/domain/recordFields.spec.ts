import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoted, RecordFields } from './recordFields.ts';

/** Reads a record the way the reader does: quoted ones once more, without their quotes. */
function read(text: string) {
  const line = Buffer.from(text);
  const bytes = Buffer.concat([line, Buffer.alloc(line.length + 1)]);
  const fields = new RecordFields();
  let fault = fields.read(bytes, 0, line.length);
  if (fault === quoted) fault = fields.unquote(bytes, 0, line.length, line.length);
  const slice = ([from, to]: [number, number]) => bytes.toString('latin1', from, to);
  return fault ?? [slice(fields.id), slice(fields.number), slice(fields.apn), fields.up, fields.down];
}

const time = '2026-11-10T10:00:00Z';
const visible = (exclude: RegExp) =>
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }).filter((text) => !exclude.test(text));

describe('RecordFields', () => {
  it('reads what is not quoted', () => {
    expect(read(`id-1,0101,iot.kr,${time},0,9007199254740991`)).toEqual([
      'id-1',
      '0101',
      'iot.kr',
      0,
      Number.MAX_SAFE_INTEGER,
    ]);
  });

  it('reads any text that is quoted by RFC 4180', () => {
    const text = visible(/^$/);
    fc.assert(
      fc.property(text, text, text, fc.nat(), (id, number, apn, volume) => {
        const fields = [id, number, apn, time, String(volume), '7'];
        const line = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
        expect(read(line)).toEqual([id, number, apn, volume, 7]);
      }),
    );
  });

  it('reads quoted and plain fields beside each other', () => {
    const plain = visible(/[",]/);
    fc.assert(
      fc.property(plain, plain, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (id, number, quotes) => {
        const fields = [id, number, 'apn', time, '1', '2'].map((field, index) =>
          quotes[index] ? `"${field}"` : field,
        );
        expect(read(fields.join(','))).toEqual([id, number, 'apn', 1, 2]);
      }),
    );
  });

  it('never throws and never reads past the record, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', 'a', '1', 'Z') }), (text) => {
        expect(typeof read(text)).toBe('string');
      }),
    );
  });

  it.each([
    ['a,b,c', 'fewer than six fields'],
    [`a,b,c,${time},1,2,3`, 'more than six fields'],
    [`"a",b,c,${time},1,2,3`, 'more than six fields'],
    [`,b,c,${time},1,2`, 'record_id is empty'],
    [`${'x'.repeat(65)},b,c,${time},1,2`, 'record_id is longer than 64 characters'],
    [`a,,c,${time},1,2`, 'service_number is empty'],
    [`a,b,,${time},1,2`, 'apn is empty'],
    ['a,b,c,now,1,2', 'start_time is not an RFC 3339 time of the years 2000 to 2100'],
    [`a,b,c,${time},,2`, 'bytes_up is not a whole number from 0 to 9007199254740991'],
    [`a,b,c,${time},1,9007199254740992`, 'bytes_down is not a whole number from 0 to 9007199254740991'],
    [`a,b,c,${time},1,99999999999999999999`, 'bytes_down is not a whole number from 0 to 9007199254740991'],
    [`é,b,c,${time},1,2`, 'a byte outside of printable ASCII'],
    [`a\tb,b,c,${time},1,2`, 'a control character'],
    [`"a"b,b,c,${time},1,2`, 'text after a closing quote'],
    [`a"b,b,c,${time},1,2`, 'a quote inside an unquoted field'],
    [`a,b,c,${time},1,"2`, 'a quote is not closed'],
  ])('%j: %s', (line, fault) => {
    expect(read(line)).toBe(fault);
  });
});
