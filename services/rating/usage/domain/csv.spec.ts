import { expect, it } from 'vitest';
import { csvRow } from './csv.ts';
import { printable } from './printable.ts';

it('escapes what CSV needs escaped', () => {
  expect(csvRow(['1', 'a,b', 'say "x"', 'two\nlines', 'plain'])).toBe('1,"a,b","say ""x""","two\nlines",plain\r\n');
});

it('makes any bytes printable', () => {
  const bytes = Buffer.from([0x61, 0x00, 0x1b, 0xff, 0xc3, 0xa9, 0x0d]);
  expect(printable(bytes, 0, bytes.length)).toBe('a\\x00\\x1b\ufffdé\\x0d');
  expect(printable(Buffer.alloc(1000, 'x'), 0, 1000)).toBe(`${'x'.repeat(500)}…`);
});
