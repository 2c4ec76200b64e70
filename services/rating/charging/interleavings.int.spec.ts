import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChargingSession } from '#proto/rating/v1/charging_session';
import { Balances } from '#test/harness/balances';
import { Counter } from './testing/counter.ts';

/** What happens next, to which of three sessions. */
const turn = fc.record({
  kind: fc.constantFrom('use', 'use', 'use', 'again', 'stop', 'wait', 'top up'),
  session: fc.nat(2),
  used: fc.nat(120),
  requested: fc.nat(120),
  // Of the next commands to billing, how each goes.
  troubles: fc.array(fc.constantFrom('none', 'none', 'none', 'away', 'answer lost'), { maxLength: 4 }),
});

/** What a session of so many units costs, computed apart: 20 free, in steps of 7, 3 won each, 10 % tax. */
function priceOf(units: number): number {
  const net = Math.max(Math.ceil(units / 7) * 7 - 20, 0) * 3;
  return net + Math.floor((net * 10 + 50) / 100);
}

/** A caller of one session: sends a report until it is answered, and only then the next one. */
class Caller {
  sequence = 0;
  last: (() => Promise<ChargingSession>) | undefined;
  answered = true;

  async send(command: () => Promise<ChargingSession>): Promise<void> {
    this.last = command;
    this.answered = false;
    await this.again();
  }

  async again(): Promise<void> {
    const reason = await this.last?.().then(
      () => 'OK',
      (fault) => fault.reason,
    );
    if (reason === undefined || reason === 'DEPENDENCY_UNAVAILABLE') return;
    expect(['OK', 'INSUFFICIENT_BALANCE', 'SESSION_GRANT_EXCEEDED', 'SESSION_ENDED', 'SESSION_NOT_FOUND']).toContain(
      reason,
    );
    this.answered = true;
  }
}

test('whatever happens in whatever order, what was debited is what was used and paid, and what is reserved is granted', async () => {
  await using balances = await Balances.open();
  await using counter = await Counter.open(balances.address);
  const component = { name: 'data', metric: 'bytes', allowance: '20', increment: '7' };
  await counter.tariff('data', [{ ...component, model: { case: 'perUnit', value: { unitPrice: '3' } } }], {
    taxRate: '0.1',
  });
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 5, maxLength: 25 }), fc.nat(900), async (turns, balance) => {
      runs += 1;
      const customerId = `customer-${runs}`;
      const account = await balances.account(customerId, balance);
      let given = balance;
      const callers = [new Caller(), new Caller(), new Caller()];
      const nameOf = (index: number) => `${customerId}/${index}`;
      for (const { kind, session: index, used, requested, troubles } of turns) {
        const caller = callers[index];
        if (!caller) continue;
        balances.trouble = () => troubles.shift() ?? 'none';
        const session = nameOf(index);
        const report = (how: 'update' | 'stop') => {
          const sequence = ++caller.sequence;
          return caller.send(() => counter[how](session, sequence, used, how === 'update' ? requested : undefined));
        };
        if (kind === 'again' || (!caller.answered && (kind === 'use' || kind === 'stop'))) await caller.again();
        else if (kind === 'use' && !caller.last) {
          const start = { session, customerId, requested: String(requested + 1) };
          await caller.send(() => counter.start(start));
        } else if (kind === 'use') await report('update');
        else if (kind === 'stop') await report('stop');
        else if (kind === 'top up') {
          given += used + 1;
          await balances.give(account, used + 1);
        } else if (kind === 'wait') {
          counter.now = new Date(counter.now.getTime() + used * 60_000);
          await counter.settleAll();
        }
      }
      balances.trouble = () => 'none';
      await counter.settleAll();
      await Promise.all(callers.map((caller) => caller.again()));

      const sessions: ChargingSession[] = [];
      for (const index of callers.keys()) {
        const found = await counter.get(nameOf(index)).catch(({ reason }) => {
          expect(reason).toBe('SESSION_NOT_FOUND');
          return undefined;
        });
        if (found) sessions.push(found);
      }
      const sum = (of: (session: ChargingSession) => string | undefined) =>
        sessions.reduce((total, each) => total + Number(of(each)), 0);
      const standing = await balances.standing(account);
      expect(standing.balance).toBe(given - sum(({ charged }) => charged?.amount));
      expect(standing.balance).toBeGreaterThanOrEqual(0);
      expect(standing.reserved).toBe(sum(({ reserved }) => reserved?.amount));
      const { rows } = await counter.database.query<{ id: string; paid: string; used: string }>(
        'select id, paid::text, used::text from charging_sessions where customer_id = $1',
        [customerId],
      );
      for (const { id, paid } of rows) {
        const session = sessions.find((each) => each.id === id);
        expect(Number(session?.charged?.amount)).toBe(Number(paid) === 0 ? 0 : priceOf(Number(paid)));
        if (session?.reserved?.amount !== '0')
          expect(Number(session?.reserved?.amount)).toBe(priceOf(Number(session?.granted)) - priceOf(Number(paid)));
      }
    }),
    { numRuns: Number(process.env.CHARGING_RUNS ?? 30) },
  );
  await balances.books.expectSound();
}, 300_000);
