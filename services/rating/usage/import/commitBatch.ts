import type pg from 'pg';
import { type Transaction, transactionOn } from '#shared/database/database';
import { killPoint } from '#shared/process/killPoint';
import { addChunks } from '../../partitions/store/chunks.ts';
import { ensurePeriods, queueUp, sharePeriods } from '../../periods/store/periods.ts';
import type { Encoded, ReportedRejection } from '../engine/protocol.ts';
import { blockColumns } from '../engine/writeBlocks.ts';
import { insertCommits, insertFileBatches, lockPartitions } from '../store/commits.ts';
import { copyIn } from '../store/copyIn.ts';
import { insertCorrections } from '../store/corrections.ts';
import { lastRevision } from '../store/lines.ts';
import { rejectionsCopy } from '../store/rejections.ts';
import { addDelta } from '../store/totals.ts';
import { addProgress } from '../store/usageFiles.ts';
import type { Judging } from './judging.ts';
import type { KnownBusiness } from './knownBusiness.ts';
import type { Judged, Owner, WorkPart } from './work.ts';

const blocksCopy = `copy usage_blocks (${blockColumns.join(', ')}) from stdin (format binary)`;

/** The batch has to be judged again: accounts changed, or another process kept one of its ids. */
export class Stale extends Error {
  readonly revision: bigint;

  constructor(revision = -1n) {
    super('the batch must be judged again');
    this.revision = revision;
  }
}

/** A file of the batch is no longer being imported. */
export class Interrupted extends Error {
  readonly owner: Owner;

  constructor(owner: Owner) {
    super('the import was given up');
    this.owner = owner;
  }
}

/** Some of the batch was committed before, by this process or another one. */
export class KnownChunks extends Error {
  readonly chunks: { part: WorkPart; rejections: ReportedRejection[] }[];

  constructor(chunks: KnownChunks['chunks']) {
    super('chunks of the batch are committed already');
    this.chunks = chunks;
  }
}

export interface Committing {
  client: pg.Client;
  judging: Judging;
  business: KnownBusiness;
  /** Whether account changes behind the batch's own are let pass: it was judged in this order once already. */
  lenient: boolean;
}

/**
 * Commits a batch: its blocks, their sums, its rejections and the counts of its files, in one transaction.
 * Answers how far the partitions had come.
 */
export async function commitBatch(judged: Judged<Encoded>, context: Committing): Promise<Map<number, number>> {
  const { client } = context;
  await client.query('begin');
  const tx = transactionOn(client as unknown as pg.PoolClient);
  await write(tx, judged, context);
  const heads = await takePartitions(tx, judged, context);
  killPoint('usage.before-commit');
  judged.asked = heads;
  await client.query('commit');
  killPoint('usage.after-commit');
  return heads;
}

async function write(tx: Transaction, judged: Judged<Encoded>, context: Committing): Promise<void> {
  const { work, batch } = judged;
  const { client, judging, business } = context;
  await queueUp(tx, work.businessNo, 'shared');
  await takeChunks(tx, judged);
  const revision = await lastRevision(tx, work.businessNo);
  if (revision > judged.revision && !context.lenient) throw new Stale(revision);
  const periods = await share(tx, work.businessNo, judged.encoded.months);
  for (const { month, state } of periods.values()) {
    if (state === 'OPEN') business.closed.delete(month);
    else business.closed.add(month);
  }
  // A month that was closed meanwhile makes its records late, one that was opened again no longer does; nothing else about them changes.
  if (judged.encoded.months.some((month) => business.closed.has(month) !== judged.closed.includes(month))) {
    judged.encoded = await judging.engine.call('encode', batch, [...business.closed]);
    judged.closed = [...business.closed];
  }
  const { encoded } = judged;
  if (encoded.length > 0) await copyIn(client, blocksCopy, new Uint8Array(encoded.output, 0, encoded.length));
  if (encoded.rejections) await copyIn(client, rejectionsCopy, encoded.rejections);
  for (const totals of encoded.totals) await addDelta(tx, periods.get(totals.month)?.no ?? 0, totals);
}

async function share(tx: Transaction, businessNo: number, months: string[]) {
  let rows = await sharePeriods(tx, businessNo, months);
  if (rows.length < months.length) {
    await ensurePeriods(tx, businessNo, months);
    rows = await sharePeriods(tx, businessNo, months);
  }
  return new Map(rows.map((row) => [row.month, row]));
}

/** Makes the batch the next one of its partitions, unless another process has kept one of its ids. */
async function takePartitions(
  tx: Transaction,
  judged: Judged<Encoded>,
  context: Committing,
): Promise<Map<number, number>> {
  const { work, batch, encoded } = judged;
  const { judging, business } = context;
  await countParts(tx, judged);
  if (encoded.partitions.length === 0) return new Map();
  const heads = await lockPartitions(tx, work.businessNo, encoded.partitions);
  await judging.learnCommits(business, tx, heads);
  if (judging.collides(batch)) throw new Stale();
  if (!(await insertCorrections(tx, work.businessNo, batch, encoded.corrections))) throw new Stale();
  const files = encoded.parts.filter(({ rated, late }) => rated + late > 0).map(({ fileNo }) => fileNo);
  await insertFileBatches(tx, work.businessNo, batch, [...new Set(files)]);
  await insertCommits(tx, work.businessNo, batch, encoded.partitions);
  return heads;
}

/** Counts what each file gets. Files are taken in one order, so that two processes that share several wait for each other and never in a circle. */
async function countParts(tx: Transaction, { work, encoded }: Judged<Encoded>): Promise<void> {
  const order = [...encoded.parts.entries()].sort(([, one], [, other]) => one.fileNo - other.fileNo);
  for (const [index, result] of order) {
    const owner = work.parts[index]?.owner;
    if (!owner) continue;
    if (!(await addProgress(tx, result.fileNo, { ...result, bytesRead: owner.bytesRead })))
      throw new Interrupted(owner);
  }
}

/** Makes sure that nobody else has committed what another process may have been asked to. Whoever is at it just now is waited for. */
async function takeChunks(tx: Transaction, { work, encoded }: Judged<Encoded>): Promise<void> {
  const chunks = work.parts.flatMap((part, index) => {
    const { fileNo, chunk } = part;
    return chunk === undefined ? [] : [{ part, fileNo, chunk, rejections: encoded.parts[index]?.rejections ?? [] }];
  });
  if (chunks.length === 0) return;
  const known = await addChunks(tx, chunks);
  if (known.length > 0) throw new KnownChunks(known);
}
