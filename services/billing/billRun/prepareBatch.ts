import type { Database, Transaction } from '#shared/database/database';
import { WireWriter } from '#shared/wire/wireWriter';
import { readBatchHead } from '../moved/movedBatch.ts';
import type { BillRun } from '../store/billRuns.ts';
import { chargeAccountsBetween } from '../store/chargeAccountRange.ts';
import { type Payer, readPayers } from '../store/copies.ts';
import { nextMovedBatch } from '../store/movedBatches.ts';
import { readContacts, readCurrencies } from '../store/payingAccounts.ts';
import type { AccountDraft } from './accountDraft.ts';
import type { BillRunOptions } from './billRunOptions.ts';
import { chargeBatch } from './chargeBatch.ts';
import { Plans } from './plans.ts';
import { chargeSlowLines } from './slowLines.ts';

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
 * How many batches are charged ahead. Two: while the database looks for the charge accounts of one the other is charged and a third is written, which
 * keeps both busy.
 */
const mostAhead = 2;

interface Ahead {
  run: string;
  after: number;
  /** Its number, once that is known. */
  batch: number | undefined;
  prepared: Promise<PreparedBatch | undefined>;
}

/**
 * Charges batches before their transaction: nothing that it reads changes with the invoices of the batches before, so the next batches are charged while the one
 * before them is written.
 */
export class Preparing {
  readonly #options: BillRunOptions;
  readonly #plans = new Map<string, Plans>();
  /** Buffers of half a megabyte and more, used again: batches come by the hundred. */
  readonly #idle: WireWriter[] = [];
  /** In their order, each behind the one before it. */
  #ahead: Ahead[] = [];

  constructor(options: BillRunOptions) {
    this.#options = options;
  }

  /** The batch behind a number, charged; undefined if there is none. Begins with those behind it. */
  async next(run: RunOfMonth, after: number, isFresh = false): Promise<PreparedBatch | undefined> {
    const [first] = this.#ahead;
    const isReady = first?.run === run.id && first.after === after && !isFresh;
    if (isReady) this.#ahead.shift();
    else this.#forget();
    // What was charged ahead may have failed by what has passed since, and what was not there may have come.
    const ready = isReady ? await first.prepared.catch(() => undefined) : undefined;
    const found = ready ?? (await this.#prepare(run, after));
    if (found) this.#goAhead(run, found.batch);
    return found;
  }

  /** Takes back what a batch was written to, once nobody needs it any more. */
  release({ out }: PreparedBatch): void {
    this.#idle.push(out);
  }

  #forget(): void {
    for (const { prepared } of this.#ahead) {
      prepared.then((unused) => unused && this.release(unused)).catch(() => {});
    }
    this.#ahead = [];
  }

  /** Begins with the next batch if there is room for one and its predecessor's number is known. */
  #goAhead(run: RunOfMonth, behind: number): void {
    const last = this.#ahead.at(-1);
    const after = last ? last.batch : behind;
    if (after === undefined || this.#ahead.length >= mostAhead) return;
    const ahead: Ahead = { run: run.id, after, batch: undefined, prepared: Promise.resolve(undefined) };
    this.#ahead.push(ahead);
    ahead.prepared = this.#prepare(run, after, (batch) => {
      ahead.batch = batch;
      if (this.#ahead.at(-1) === ahead) this.#goAhead(run, batch);
    });
    ahead.prepared.catch(() => {});
  }

  async #prepare(
    run: RunOfMonth,
    after: number,
    isFound: (batch: number) => void = () => {},
  ): Promise<PreparedBatch | undefined> {
    const { database, timeZone, batchLines } = this.#options;
    let plans = this.#plans.get(run.period);
    if (!plans) {
      this.#plans.clear();
      plans = new Plans(run.period);
      this.#plans.set(run.period, plans);
    }
    const out = this.#idle.pop() ?? new WireWriter();
    const prepared = await prepareBatch(database, { ...run, timeZone, batchLines, plans, isFound }, after, out);
    if (!prepared) this.#idle.push(out);
    return prepared;
  }
}

interface Of extends RunOfMonth {
  timeZone: string;
  batchLines: number;
  plans: Plans;
  /** Called with the batch's number as soon as that is known. */
  isFound: (batch: number) => void;
}

function prepareBatch(database: Database, of: Of, after: number, out: WireWriter): Promise<PreparedBatch | undefined> {
  return database.transaction(async (tx) => {
    const kept = await nextMovedBatch(tx, of, after);
    if (!kept) return undefined;
    const { body, batch, lines, first, last } = kept;
    of.isFound(batch);
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
