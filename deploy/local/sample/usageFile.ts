import { daysInMonth, monthBounds } from '#shared/time/month';
import { breakRecord, type Fields, pickDirt } from './dirt.ts';
import { Expectation } from './expectation.ts';
import { type FleetLine, isActive } from './fleet.ts';
import { Random } from './random.ts';
import { dayFactor, PROFILES, type TrafficClass, volume } from './traffic.ts';

export const HEADER = 'record_id,service_number,apn,start_time,bytes_up,bytes_down';

export interface UsageFileOptions {
  /** Records in the file, dirt included; the header is not one. */
  readonly records: number;
  readonly lines: readonly FleetLine[];
  /** The month, such as `2026-10`. */
  readonly month: string;
  readonly timeZone?: string;
  readonly seed?: number;
  /** Share of records with something wrong. */
  readonly dirt?: number;
  readonly ids?: 'uuid' | 'sequential';
  /** Goes before sequential ids, so that two files do not collide. */
  readonly idPrefix?: string;
}

export interface UsageFile {
  /** The file, piece by piece; only to be read once. */
  readonly chunks: Generator<Buffer, void>;
  /** Counts what has been generated so far; final when `chunks` has ended. */
  readonly expected: Expectation;
}

const HOUR = 3_600_000;
const CHUNK = 64 * 1024;
/** Of the usage that a line out of service would have made, this share still arrives (and is refused). */
const LEFTOVER = 0.02;
/** So many recent records may come again or be held back. */
const WINDOW = 512;

/** A usage file that is the same for the same options and is never whole in memory. */
export function usageFile(options: UsageFileOptions): UsageFile {
  const expected = new Expectation();
  return { expected, chunks: inChunks(records(options, expected)) };
}

function* inChunks(lines: Iterable<string>): Generator<Buffer, void> {
  let pending = `${HEADER}\n`;
  for (const line of lines) {
    pending += `${line}\n`;
    if (pending.length >= CHUNK) {
      yield Buffer.from(pending);
      pending = '';
    }
  }
  if (pending !== '') yield Buffer.from(pending);
}

function* records(options: UsageFileOptions, expected: Expectation): Generator<string, void> {
  const random = new Random(options.seed ?? 20_261_001);
  const identify = ids(options, random);
  const wholeMonth = options.lines.filter((line) => line.active === undefined || line.active.at(-1)?.end === undefined);
  const recent: { fields: Fields; text: string }[] = [];
  const held: string[] = [];

  for (const { time, line } of usages(options, random)) {
    const profile = PROFILES[line.traffic];
    const up = volume(random, profile.up);
    const down = volume(random, profile.down);
    const fields: Fields = [identify(), line.serviceNumber, line.apn, at(time), String(up), String(down)];
    const text = fields.join(',');
    // Held-back records come out before the file ends, because the last ones are never held.
    const last = expected.records + held.length + 1 >= options.records;
    const kind = !last && random.next() < (options.dirt ?? 0.02) ? pickDirt(random) : undefined;

    if (!isActive(line, time)) {
      expected.addRejected('LINE_NOT_ACTIVE');
      yield text;
    } else if (kind === 'duplicate' && recent.length > 0) {
      expected.addDuplicate();
      yield repeat(random, random.pick(recent));
    } else if (kind === 'wrong-apn') {
      expected.addRejected('APN_MISMATCH');
      yield text.replace(`,${line.apn},`, ',internet,');
    } else if (kind === 'unknown-line') {
      expected.addRejected('UNKNOWN_LINE');
      yield text.replace(`,${line.serviceNumber},`, `,019${line.serviceNumber.slice(3)},`);
    } else if (kind === 'broken') {
      expected.addRejected('MALFORMED');
      yield breakRecord(random, fields);
    } else if (kind === 'future' && wholeMonth.length > 0) {
      // A device whose clock is years ahead. Its line is one without an end, so that nothing else is wrong.
      const ahead = random.pick(wholeMonth);
      expected.addRejected('FUTURE');
      yield [fields[0], ahead.serviceNumber, ahead.apn, at(time + (8 + random.below(20)) * 8766 * HOUR), up, down].join(
        ',',
      );
    } else {
      expected.addRated(line.serviceNumber, up + down);
      if (kind === 'out-of-order' && held.length < WINDOW) {
        expected.outOfOrder++;
        held.push(text);
        continue;
      }
      // Only what is already out may be repeated: of two records with one id the first is the one that counts.
      if (recent.length < WINDOW) recent.push({ fields, text });
      else recent[random.below(WINDOW)] = { fields, text };
      yield text;
    }
    if (held.length > 0 && random.next() < 0.01) yield* held.splice(0, 1 + random.below(held.length));
  }
  yield* held;
}

/** The same id again: mostly the same record, now and then with another volume. */
function repeat(random: Random, { fields, text }: { fields: Fields; text: string }): string {
  return random.next() < 0.9 ? text : [...fields.slice(0, 5), String(Number(fields[5]) + 1)].join(',');
}

/** Who uses the network when, in the order of time: exactly `records` usages, spread by the hours' weights. */
function* usages(options: UsageFileOptions, random: Random): Generator<{ time: number; line: FleetLine }, void> {
  const { start, end } = monthBounds(options.month, options.timeZone ?? 'Asia/Seoul');
  const days = daysInMonth(options.month);
  const classes = [...Map.groupBy(options.lines, (line) => line.traffic)];
  const kinds = classes.map(([kind]) => kind);
  const hours = Math.round((end.getTime() - start.getTime()) / HOUR);
  const weightsOf = (hour: number) => {
    const factor = dayFactor(Math.floor(hour / 24) + 1, days);
    return classes.map(([kind, lines]) => (PROFILES[kind].rhythm[hour % 24] ?? 0) * lines.length * factor);
  };
  const weights = Array.from({ length: hours }, (_, hour) => weightsOf(hour));
  const sums = weights.map((each) => each.reduce((sum, weight) => sum + weight, 0));
  const total = sums.reduce((sum, weight) => sum + weight, 0);
  const byKind = new Map<TrafficClass, FleetLine[]>(classes);

  let passed = 0;
  let made = 0;
  for (let hour = 0; hour < hours; hour++) {
    passed += sums[hour] ?? 0;
    const count = Math.round((passed / total) * options.records) - made;
    made += count;
    for (let index = 0; index < count; index++) {
      const within = Math.floor(((index + random.next()) / count) * 3600);
      const time = start.getTime() + hour * HOUR + within * 1000;
      const lines = byKind.get(random.weighted(kinds, weights[hour] ?? [])) ?? [];
      yield { time, line: pickLine(random, lines, time) };
    }
  }
}

function pickLine(random: Random, lines: readonly FleetLine[], time: number): FleetLine {
  for (let attempt = 0; attempt < 20; attempt++) {
    const line = random.pick(lines);
    if (isActive(line, time) || random.next() < LEFTOVER) return line;
  }
  return random.pick(lines);
}

function ids(options: UsageFileOptions, random: Random): () => string {
  if (options.ids === 'sequential') {
    let next = 1;
    return () => `${options.idPrefix ?? 'CDR-'}${String(next++).padStart(10, '0')}`;
  }
  return () => {
    const hex = random.hex(32);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
}

function at(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
