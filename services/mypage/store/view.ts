import type { Invoice } from '#proto/billing/v1/invoice';
import type { Customer } from '#proto/ordering/v1/customer';
import type { Line } from '#proto/ordering/v1/line';
import type { Order } from '#proto/ordering/v1/order';
import type { Transaction } from '#shared/database/database';
import type { Entry } from '../domain/entry.ts';

/** Everything a customer sees, with how much there is in all where only the newest is shown. */
export interface Page {
  /** Undefined until the customer's own record has come. */
  customer: Customer | undefined;
  lines: Line[];
  orders: Order[];
  invoices: Invoice[];
  lineCount: number;
  orderCount: number;
  invoiceCount: number;
}

/**
 * The one door to where the read side is kept; nothing outside this folder knows which store that is.
 * Writes happen in the transaction that records the event as handled, and repeating one changes nothing. `asOf` is the
 * event's time: a copy that is older than the one kept is passed over.
 */
export interface MypageView {
  /** Says whether this is the first that is seen of the customer's record. */
  putCustomer(tx: Transaction, customer: Customer, asOf: Date): Promise<boolean>;
  putLine(tx: Transaction, line: Line, asOf: Date): Promise<void>;
  /** Takes the failed order off the line; a line that never came into service becomes FAILED. */
  abandonChange(tx: Transaction, change: { lineId: string; orderId: string; activation: boolean }): Promise<void>;
  putOrder(tx: Transaction, order: Order, asOf: Date): Promise<void>;
  putInvoice(tx: Transaction, invoice: Invoice, asOf: Date): Promise<void>;
  addEntry(tx: Transaction, entry: Entry): Promise<void>;
  /** Undefined for a customer nothing is known of. */
  page(customerId: string): Promise<Page | undefined>;
  /** Entries newest first, only those before `before`; undefined for a customer nothing is known of. */
  timeline(customerId: string, before: EntryKey | undefined, limit: number): Promise<Entry[] | undefined>;
}

/** Where an entry stands in the order of the timeline. */
export interface EntryKey {
  time: Date;
  id: string;
}
