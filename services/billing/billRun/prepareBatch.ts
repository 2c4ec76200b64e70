import type { Database, Transaction } from '#shared/database/database';
import { WireWriter } from '#shared/wire/wireWriter';
import { readBatchHead } from '../moved/movedBatch.ts';
import type { BillRun } from '../store/billRuns.ts';
import { chargeAccountsBetween } from '../store/chargeAccountRange.ts';
import { type Payer, readPayers } from '../store/copies.ts';
import { nextMovedBatch } from '../store/movedBatches.ts';
import { readContacts, readCurrencies } from '../store/payingAccounts.ts';
import type { AccountDraft } from './accountDraft.ts';
import { chargeBatch } from './chargeBatch.ts';
import { Plans } from './plans.ts';
import { chargeSlowLines } from './slowLines.ts';
import type { BillRunOptions } from './stepBillRun.ts';

/** A batch charged, so that only the writing is left. */
export interface PreparedBatch {
  batch: number;
  lines: number;
  drafts: AccountDraft[];
  /** What the drafts' lines were written to. */
  out: WireWriter;
  unknown: string[];
  payers: ReadonlyMap<string, Payer>;
}

export type RunOfMonth = Pick<BillRun, 'id' | 'business' | 'period'>;

/**
 * Charges batches before their transaction: nothing that it reads changes with the invoices of the batches before, so the next batch is charged while the one
 * before it is written.
 */
export class Preparing {
  readonly #options: BillRunOptions;
  readonly #plans = new Map<string, Plans>();
  /** Buffers of half a megabyte and more, used again: batches come by the hundred. */
  readonly #idle: WireWriter[] = [];
  #ahead: { run: string; after: number; prepared: Promise<PreparedBatch | undefined> } | undefined;

  constructor(options: BillRunOptions) {
    this.#options = options;
  }

  /** The batch behind a number, charged; undefined if there is none. Begins with the one behind it. */
  async next(run: RunOfMonth, after: number, isFresh = false): Promise<PreparedBatch | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const isReady = ahead?.run === run.id && ahead.after === after && !isFresh;
    if (ahead && !isReady) ahead.prepared.then((unused) => unused && this.release(unused)).catch(() => {});
    // What was charged ahead may have failed by what has passed since.
    const found = isReady
      ? await ahead.prepared.catch(() => this.#prepare(run, after))
      : await this.#prepare(run, after);
    if (found) this.#goAhead(run, found.batch);
    return found;
  }

  /** Takes back what a batch was written to, once nobody needs it any more. */
  release({ out }: PreparedBatch): void {
    this.#idle.push(out);
  }

  #goAhead(run: RunOfMonth, after: number): void {
    const prepared = this.#prepare(run, after);
    prepared.catch(() => {});
    this.#ahead = { run: run.id, after, prepared };
  }

  #prepare(run: RunOfMonth, after: number): Promise<PreparedBatch | undefined> {
    const { database, timeZone, batchLines } = this.#options;
    let plans = this.#plans.get(run.period);
    if (!plans) {
      this.#plans.clear();
      plans = new Plans(run.period);
      this.#plans.set(run.period, plans);
    }
    return prepareBatch(database, { ...run, timeZone, batchLines, plans }, after, this.#idle.pop() ?? new WireWriter());
  }
}

interface Of extends RunOfMonth {
  timeZone: string;
  batchLines: number;
  plans: Plans;
}

function prepareBatch(database: Database, of: Of, after: number, out: WireWriter): Promise<PreparedBatch | undefined> {
  return database.transaction(async (tx) => {
    const kept = await nextMovedBatch(tx, of, after);
    if (!kept) return undefined;
    const { body, batch, lines, first, last } = kept;
    const head = readBatchHead(body);
    const plans = await of.plans.of(tx, head.plans);
    const accounts = await chargeAccountsBetween(tx, of.business, first, last, lines);
    const { drafts, slow, unknown } = chargeBatch(body, accounts, plans, of.batchLines, out);
    await chargeSlowLines(tx, of, { body, plans: head.plans }, slow);
    const payers = await address(tx, drafts);
    drafts.sort(inOrder);
    return { batch, lines, drafts, out, unknown, payers };
  });
}

/** Says in what currency the drafts are, and where they are sent. */
async function address(tx: Transaction, drafts: readonly AccountDraft[]): Promise<Map<string, Payer>> {
  const currencies = await readCurrencies(
    tx,
    drafts.map(({ accountId }) => accountId),
  );
  const contacts = await readContacts(
    tx,
    drafts.flatMap(({ emailOf, addressOf }) => [emailOf ?? [], addressOf ?? []].flat()),
  );
  for (const draft of drafts) {
    draft.currency = currencies.get(draft.accountId) ?? '';
    draft.email = contacts.get(draft.emailOf ?? '')?.email ?? '';
    draft.address = contacts.get(draft.addressOf ?? '')?.address ?? '';
    for (const { currency } of draft.plans) {
      if (currency !== draft.currency) throw new Error(`account ${draft.accountId} is not in ${currency}`);
    }
  }
  return readPayers(
    tx,
    drafts.map(({ customerId }) => customerId),
  );
}

function inOrder(a: AccountDraft, b: AccountDraft): number {
  return a.accountId < b.accountId ? -1 : a.accountId > b.accountId ? 1 : a.part - b.part;
}
