import { randomUUID } from 'node:crypto';
import { CreditGrantedSchema } from '#proto/billing/v1/events';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import { CreditRequestedSchema } from '#proto/ordering/v1/events';
import { OfferingKind } from '#proto/ordering/v1/offering';
import type { Penalty } from '#proto/ordering/v1/penalty';
import { PenaltyService } from '#proto/ordering/v1/penalty_service';
import type { Visit } from '#proto/ordering/v1/visit';
import { VisitService } from '#proto/ordering/v1/visit_service';
import type { CallContext } from '#shared/rpc/context';
import { Counter, type CounterOptions } from '../../testing.ts';
import { Bank } from './bank.ts';

/** Ordering with a bank that answers for billing and rating. */
export class Booth implements AsyncDisposable {
  readonly counter: Counter;
  readonly bank: Bank;

  private constructor(counter: Counter, bank: Bank) {
    this.counter = counter;
    this.bank = bank;
  }

  static async open(options: CounterOptions = {}): Promise<Booth> {
    const bank = await Bank.open(() => new Date());
    const counter = await Counter.open({ ...options, addresses: { billing: bank.address, rating: bank.address } });
    // One clock for both, which stands still until a test moves it.
    bank.now = () => counter.now;
    return new Booth(counter, bank);
  }

  /** A customer with so many points; without an account where no number is given. */
  async customer(points?: bigint): Promise<string> {
    const id = await this.counter.newCustomer();
    if (points !== undefined) this.bank.accounts.set(id, points);
    return id;
  }

  /** An offering of visits: what one earns, what a breach costs, what bans. */
  async area(terms: { earns?: bigint; penaltyPoints?: bigint; banThreshold?: bigint } = {}): Promise<string> {
    const { earns = 100n, penaltyPoints = 30n, banThreshold = 90n } = terms;
    const id = `area-${randomUUID().slice(0, 8)}`;
    this.bank.tariffs.set(id, { currency: 'PTS', minor: earns });
    const visit = { penaltyPoints, banThreshold };
    await this.counter.call(CatalogService, 'createOffering', {
      offering: { id, business: 'booths', kind: OfferingKind.VISIT, displayName: '부스', tariffId: id, visit },
    });
    return id;
  }

  checkIn(customerId: string, offeringId: string, more?: Partial<CallContext>): Promise<Visit> {
    return this.counter.call(VisitService, 'createVisit', { customerId, offeringId, area: '북문' }, more);
  }

  checkOut(visit: string, more?: Partial<CallContext>): Promise<Visit> {
    return this.counter.call(VisitService, 'checkOutVisit', { visit }, more);
  }

  visit(visit: string): Promise<Visit> {
    return this.counter.call(VisitService, 'getVisit', { visit });
  }

  penalize(customerId: string, offeringId: string, more?: Partial<CallContext>): Promise<Penalty> {
    return this.counter.call(PenaltyService, 'createPenalty', { customerId, offeringId, place: '4번 출구' }, more);
  }

  release(penalty: string, more?: Partial<CallContext>): Promise<Penalty> {
    return this.counter.call(PenaltyService, 'releasePenalty', { penalty }, more);
  }

  async penalties(customerId: string): Promise<Penalty[]> {
    return (await this.counter.call(PenaltyService, 'listPenalties', { customerId })).penalties;
  }

  /** How the customer stands, as the database has it. */
  async standing(customerId: string): Promise<{ points: bigint; banned: boolean }> {
    const { rows } = await this.counter.database.query(
      'select standing_points as points, banned from bans where customer_id = $1',
      [customerId],
    );
    return rows[0] ?? { points: 0n, banned: false };
  }

  /** Gives whatever was asked for by event so far, once per key, and answers each request. */
  async answerRequests(): Promise<void> {
    for (const { key, customerId, amount } of await this.counter.events(CreditRequestedSchema)) {
      const entry = await this.bank.give('GRANT', key, customerId, BigInt(amount?.amount ?? '0'));
      await this.counter.handle(CreditGrantedSchema, { key, customerId, entry });
    }
  }

  /** Lets the worker give every saga that makes a call its turn, and one that only waits its time-out, until all are over. */
  async settleAll(): Promise<void> {
    for (;;) {
      const { rowCount } = await this.counter.database.query('update sagas set due_time = now() where not done');
      if (rowCount === 0) return;
      await this.counter.driveSagas();
    }
  }

  /** Gives sagas that have something to do one turn, without waiting for their back-off; those that wait for an answer go on waiting. */
  async turn(): Promise<void> {
    await this.counter.database.query(
      "update sagas set due_time = now() where not done and step not in ('answer', 'pause')",
    );
    await this.counter.driveSagas();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.counter[Symbol.asyncDispose]();
    this.bank[Symbol.dispose]();
  }
}
