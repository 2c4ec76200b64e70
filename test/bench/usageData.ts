import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Expectation } from '../../deploy/local/sample/expectation.ts';
import type { FleetLine } from '../../deploy/local/sample/fleet.ts';
import { usageFile } from '../../deploy/local/sample/usageFile.ts';

export type Ids = 'uuid' | 'sequential';

export interface UsageData {
  /** The usage file, as a network element would send it, with some dirt. */
  file: string;
  /** Its well-formed records in PostgreSQL's text format. */
  copyFile: string;
  copyRows: number;
  expected: Expectation;
  remove: () => Promise<void>;
}

/** Writes a usage file of a month and what a plain COPY of it needs. */
export async function writeUsageData(
  folder: string,
  { records, lines, seed, ids, dirt }: { records: number; lines: FleetLine[]; seed: number; ids: Ids; dirt: number },
): Promise<UsageData> {
  const file = `${folder}/usage-${seed}.csv`;
  const copyFile = `${folder}/usage-${seed}.tsv`;
  const { chunks, expected } = usageFile({
    records,
    lines,
    month: '2026-10',
    seed,
    ids,
    dirt,
    idPrefix: `CDR-${seed}-`,
  });
  await pipeline(Readable.from(chunks), createWriteStream(file));
  let copyRows = 0;
  const wellFormed =
    /^(?:[0-9a-f-]{36}|CDR-[0-9-]+),[^,]+,[^,]+,\d{4}-(?!13|02-30)\d\d-\d\dT[\d:]+Z,\d{1,18},\d{1,18}$/;
  async function* rows() {
    let text = '';
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (!wellFormed.test(line)) continue;
      copyRows++;
      text += `${line.replaceAll(',', '\t')}\n`;
      if (text.length < 65_536) continue;
      yield text;
      text = '';
    }
    yield text;
  }
  await pipeline(Readable.from(rows()), createWriteStream(copyFile));
  const remove = async () => {
    await rm(file);
    await rm(copyFile);
  };
  return { file, copyFile, copyRows, expected, remove };
}
