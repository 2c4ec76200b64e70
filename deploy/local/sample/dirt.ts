import type { Random } from './random.ts';

/** What goes wrong between a device and the billing desk. */
export type Dirt = 'duplicate' | 'wrong-apn' | 'unknown-line' | 'broken' | 'future' | 'out-of-order';

const KINDS: readonly Dirt[] = ['duplicate', 'wrong-apn', 'unknown-line', 'broken', 'future', 'out-of-order'];
const SHARES = [30, 15, 15, 15, 10, 15];

export function pickDirt(random: Random): Dirt {
  return random.weighted(KINDS, SHARES);
}

/** The fields of one record, in the order of the header. */
export type Fields = [id: string, serviceNumber: string, apn: string, time: string, up: string, down: string];

const BREAKS: readonly ((fields: Fields) => string)[] = [
  ([id, number, apn, time, up]) => `${id},${number},${apn},${time},${up}`,
  ([id, number, apn, time, up, down]) => `${id},${number},${apn},${time},${up},${down},0`,
  ([, number, apn, time, up, down]) => `,${number},${apn},${time},${up},${down}`,
  ([id, number, apn, time, up]) => `${id},${number},${apn},${time},${up},-1`,
  ([id, number, apn, time, , down]) => `${id},${number},${apn},${time},12.5,${down}`,
  ([id, number, apn, time, , down]) => `${id},${number},${apn},${time},NaN,${down}`,
  ([id, number, apn, time, up]) => `${id},${number},${apn},${time},${up},99999999999999999999`,
  ([id, number, apn, , up, down]) => `${id},${number},${apn},yesterday,${up},${down}`,
  ([id, number, apn, time, up, down]) => `${id},${number},${apn},${time.slice(0, 5)}13-01T00:00:00Z,${up},${down}`,
  ([id, number, apn, time, up, down]) => `${id},${number},${apn},${time.slice(0, 5)}02-30T00:00:00Z,${up},${down}`,
  ([id, , apn, time, up, down]) => `${id},,${apn},${time},${up},${down}`,
  ([id]) => `#${id} lost carrier`,
];

/** A record that no reader can make sense of. */
export function breakRecord(random: Random, fields: Fields): string {
  return random.pick(BREAKS)(fields);
}
