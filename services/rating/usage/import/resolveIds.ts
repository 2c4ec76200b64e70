import type { Sql } from '#shared/database/database';
import { outcomes, type RecordBatch } from '../domain/recordBatch.ts';
import { type recordSlot, slotNumber } from '../domain/recordSlot.ts';
import { findKeptIds, type KeptId, type UnterminatedRecord } from '../store/keptIds.ts';

/** A kept record whose number was cut off, and the whole one that takes its place. */
export interface Supersession {
  index: number;
  slot: bigint;
  old: UnterminatedRecord;
}

export interface ResolvedIds {
  /** Records whose id was kept before. */
  duplicates: Set<number>;
  supersessions: Supersession[];
  /** Slots of cut-off records that turned out to be whole. */
  confirmed: bigint[];
  /** Whether records were given other slots. */
  moved: boolean;
}

/**
 * Decides which of the suspects are duplicates by comparing the ids themselves. Almost always the slot's id is the same;
 * where another id has the slot, the record goes to the first slot of its own that is free.
 */
export async function resolveIds(
  sql: Sql,
  batch: RecordBatch,
  businessNo: number,
  hash: typeof recordSlot,
): Promise<ResolvedIds> {
  const resolved: ResolvedIds = { duplicates: new Set(), supersessions: [], confirmed: [], moved: false };
  const slotOf = (index: number) => slotNumber(batch.hi[index] ?? 0, batch.lo[index] ?? 0);
  const isSame = (kept: KeptId, index: number) => kept.businessNo === businessNo && kept.recordId === batch.idOf(index);
  const found = await findKeptIds(sql, batch.suspects.map(slotOf));
  const displaced = new Set<number>(batch.collisions);
  for (const index of batch.suspects) {
    const kept = found.get(slotOf(index));
    if (kept === undefined || displaced.has(index)) continue;
    if (isSame(kept, index)) judgeKnown(batch, index, kept, resolved);
    else displaced.add(index);
  }
  for (const index of [...displaced].sort((a, b) => a - b)) {
    const kept = await place(sql, batch, index, businessNo, hash, isSame);
    resolved.moved = true;
    if (kept === 'twin') resolved.duplicates.add(index);
    else if (kept) judgeKnown(batch, index, kept, resolved);
  }
  return resolved;
}

function judgeKnown(batch: RecordBatch, index: number, kept: KeptId, resolved: ResolvedIds): void {
  const { unterminated } = kept;
  const whole = index !== batch.unterminated && batch.outcome[index] === outcomes.rated;
  if (unterminated && whole && !sameContent(batch, index, unterminated)) {
    resolved.supersessions.push({ index, slot: kept.slot, old: unterminated });
    return;
  }
  if (unterminated && whole) resolved.confirmed.push(kept.slot);
  resolved.duplicates.add(index);
}

function sameContent(batch: RecordBatch, index: number, old: UnterminatedRecord): boolean {
  return (
    batch.account[index] === old.accountNo &&
    batch.up[index] === old.up &&
    batch.down[index] === old.down &&
    Math.floor((batch.time[index] ?? 0) / 1000) + 946_684_800_000 === old.startTime.getTime()
  );
}

/** Walks the id's slots: to its own row, to its twin in the batch, or to the first free slot, which it takes. */
async function place(
  sql: Sql,
  batch: RecordBatch,
  index: number,
  businessNo: number,
  hash: typeof recordSlot,
  isSame: (kept: KeptId, index: number) => boolean,
): Promise<KeptId | 'twin' | undefined> {
  const slot = { hi: 0, lo: 0 };
  for (let salt = 0; ; salt++) {
    hash(batch.bytes, batch.idFrom[index] ?? 0, batch.idTo[index] ?? 0, businessNo, salt, slot);
    const number = slotNumber(slot.hi, slot.lo);
    const kept = (await findKeptIds(sql, [number])).get(number);
    if (kept && isSame(kept, index)) return kept;
    batch.hi[index] = slot.hi;
    batch.lo[index] = slot.lo;
    if (kept) continue;
    const other = batch.kept.find(index);
    if (other === index) return undefined;
    if (other >= 0 && batch.kept.sameId(index, other))
      return batch.outcome[index] === outcomes.rated ? 'twin' : undefined;
    if (other >= 0) continue;
    if (batch.outcome[index] === outcomes.rated) batch.kept.add(index);
    return undefined;
  }
}
