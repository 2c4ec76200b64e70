import { Fault } from '#shared/errors/fault';
import type { FieldCount } from './recordFields.ts';

export const headerLine = 'record_id,service_number,apn,start_time,bytes_up,bytes_down';
const correctionHeaderLine = `${headerLine},correction,corrects`;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** A header is at most this long, quotes and byte order mark included. */
export const longestHeader = 128;

/**
 * Checks a file's first line (without its line feed); quotes around the names and a byte order mark are fine. Answers how many fields its
 * records have.
 */
export function checkHeader(line: Buffer): FieldCount {
  const start = line.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
  const text = line.toString('latin1', start).replace(/\r$/, '');
  const plain = text
    .split(',')
    .map((name) => name.replace(/^"(.*)"$/, '$1'))
    .join(',');
  if (plain === headerLine) return 6;
  if (plain === correctionHeaderLine) return 8;
  throw new Fault('USAGE_FILE_HEADER_INVALID', {
    message: `the file must begin with the line ${headerLine}, in files with corrections followed by ,correction,corrects`,
  });
}
