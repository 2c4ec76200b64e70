import type { CopyRows } from '#shared/database/copyOut';
import type { WireWriter } from '#shared/wire/wireWriter';
import { MovedLineReader } from '../moved/movedLineReader.ts';
import { AccountDraft } from './accountDraft.ts';
import { AccountOfLine } from './accountOfLine.ts';
import type { PricedPlan } from './pricedPlan.ts';
import { LineWriter } from './writtenLine.ts';

/** A line that no plan prices, and the invoice that it comes on. */
export interface SlowLine {
  draft: AccountDraft;
  serviceNumber: string;
  /** Where it stands in the batch's body. */
  from: number;
  to: number;
}

/** What a batch comes to. */
export interface ChargedBatch {
  drafts: AccountDraft[];
  slow: SlowLine[];
  /** Lines without a charge account. */
  unknown: string[];
}

/**
 * Charges the lines of a batch, account by account. The lines and the charge accounts come in one order, so they are brought together in
 * one pass, without a look-up and without an object for a line. The drafts' lines are written to `out`.
 */
export function chargeBatch(
  body: Uint8Array,
  accounts: CopyRows,
  plans: readonly (PricedPlan | undefined)[],
  mostLines: number,
  out: WireWriter,
): ChargedBatch {
  out.at = 0;
  const writer = new LineWriter(out);
  const lines = new MovedLineReader(body);
  const drafts = new Drafts(mostLines);
  const known = new AccountOfLine(accounts);
  const slow: SlowLine[] = [];
  const unknown: string[] = [];
  while (lines.next()) {
    if (!known.find(lines)) {
      unknown.push(lines.text(lines.id));
      continue;
    }
    const draft = drafts.of(known);
    if (known.hasEmail && draft.emailOf === undefined) draft.emailOf = lines.text(lines.id);
    if (known.hasAddress && draft.addressOf === undefined) draft.addressOf = lines.text(lines.id);
    if (draft.lines++ === 0) draft.customerId = lines.text(lines.customer);
    const plan = lines.isPlain ? plans[lines.plan - 1] : undefined;
    if (!plan) {
      slow.push({ draft, serviceNumber: known.serviceNumber(), from: lines.line.from, to: lines.line.to });
      continue;
    }
    const from = out.at;
    const place = draft.placeOf(plan);
    const line = writer.write(lines, plan, place, known.bytes, known.serviceNumberFrom, known.serviceNumberTo);
    draft.addWritten(line, from, out.at);
  }
  return { drafts: drafts.all, slow, unknown };
}

/** The invoices of a batch: one an account, and further ones where an account has more lines than one holds. */
class Drafts {
  readonly all: AccountDraft[] = [];
  readonly #mostLines: number;
  readonly #open = new Map<string, AccountDraft>();
  #last: AccountDraft | undefined;

  constructor(mostLines: number) {
    this.#mostLines = mostLines;
  }

  of(account: AccountOfLine): AccountDraft {
    // The lines of an account mostly follow one another.
    if (account.isSame && this.#last && this.#last.lines < this.#mostLines) return this.#last;
    const id = account.accountId();
    const open = this.#open.get(id);
    const draft = open && open.lines < this.#mostLines ? open : this.#begin(id, open);
    this.#last = draft;
    return draft;
  }

  #begin(id: string, full: AccountDraft | undefined): AccountDraft {
    const draft = new AccountDraft(id);
    if (full) draft.part = full.part + 1;
    this.#open.set(id, draft);
    this.all.push(draft);
    return draft;
  }
}
