import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreditReason } from '#proto/billing/v1/balance_service';
import { BalanceCause } from '#proto/billing/v1/entry';
import { AccountOpenedSchema, CreditGrantedSchema, CreditRefusedSchema } from '#proto/billing/v1/events';
import { CreditRequestedSchema } from '#proto/ordering/v1/events';
import { newId } from '#shared/ids';
import { Books } from '../testing/books.ts';
import { creditRequests } from './creditRequested.ts';

const points = (amount: number | string) => ({ currency: 'PTS', amount: String(amount) });

describe('SMOKE-1 an event asks for points', () => {
  let books: Books;
  beforeAll(async () => {
    books = await Books.begin();
  });
  afterAll(() => books[Symbol.asyncDispose]());

  /** Handles events the way the inbox does: all of them in one transaction, each delivery under an event id of its own. */
  async function handle(...requests: MessageInitShape<typeof CreditRequestedSchema>[]): Promise<void> {
    const { handlers, finish } = creditRequests(books.clock);
    const handler = handlers.get(CreditRequestedSchema.typeName);
    if (!handler) throw new Error('nobody handles it');
    await books.process().database.transaction(async (tx) => {
      for (const request of requests) {
        const envelope = { id: newId(), type: '', time: books.now, subject: '', source: '', sequence: 0n };
        await handler.handle(create(CreditRequestedSchema, request), tx, envelope);
      }
      await finish(tx);
    });
  }
  async function bodies(type: string, key: string): Promise<Buffer[]> {
    const { rows } = await books.database.query<{ body: Buffer }>(
      'select body from outbox where type like $1 and aggregate_id = $2 order by position',
      [`%.${type}`, key],
    );
    return rows.map(({ body }) => body);
  }
  const granted = async (key: string) =>
    (await bodies('CreditGranted', key)).map((body) => fromBinary(CreditGrantedSchema, body));
  const refused = async (key: string) =>
    (await bodies('CreditRefused', key)).map((body) => fromBinary(CreditRefusedSchema, body));
  const accounts = async (customerId: string) =>
    (await books.database.query('select id, balance from accounts where customer_id = $1', [customerId])).rows;
  const request = (customerId: string, minor: number, key = `visit-${newId()}`) => ({
    key,
    customerId,
    amount: points(minor),
    memo: '흡연 부스',
  });

  it('gets them into an account that is opened for it, with an entry that names the key', async () => {
    const asked = request(newId(), 100);
    await handle(asked);
    const [{ id }] = await accounts(asked.customerId);
    const [answer] = await granted(asked.key);
    expect(answer).toMatchObject({
      key: asked.key,
      customerId: asked.customerId,
      entry: {
        accountId: id,
        position: 1n,
        cause: BalanceCause.GRANT,
        causeId: asked.key,
        memo: '흡연 부스',
        amount: points(100),
        balance: points(100),
      },
    });
    const opened = (await bodies('AccountOpened', id)).map((body) => fromBinary(AccountOpenedSchema, body));
    expect(opened).toMatchObject([{ account: { customerId: asked.customerId, currency: 'PTS', balance: points(0) } }]);
    await books.expectSound();
  });

  it('gets them once, also if it comes again or is asked again, and is answered each time', async () => {
    const asked = request(newId(), 100);
    await handle(asked);
    await handle(asked);
    await handle(asked, asked);
    expect(await accounts(asked.customerId)).toMatchObject([{ balance: 100n }]);
    const answers = await granted(asked.key);
    expect(answers).toHaveLength(4);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    await books.expectSound();
  });

  it('many of one customer share one account, the oldest', async () => {
    const customerId = newId();
    const oldest = await books.openAccount({ customerId, currency: 'PTS' });
    await books.openAccount({ customerId, currency: 'PTS' });
    await books.openAccount({ customerId, currency: 'KRW' });
    const asked = Array.from({ length: 64 }, (_, index) => request(customerId, index + 1));
    await Promise.all([handle(...asked.slice(0, 32)), handle(...asked.slice(32))]);
    expect(await books.standing(oldest)).toEqual([2_080n, 0n, 0n]);
    const stranger = newId();
    await handle(request(stranger, 1), request(stranger, 2), request(stranger, 3));
    expect(await accounts(stranger)).toMatchObject([{ balance: 6n }]);
    await books.expectSound();
  });

  it('the first ones of a customer open one account, also in several transactions at once', async () => {
    const [one, other] = [newId(), newId()];
    const first = Array.from({ length: 8 }, (_, index) =>
      index % 2 ? handle(request(one, 1), request(other, 1)) : handle(request(other, 1), request(one, 1)),
    );
    await Promise.all(first);
    expect(await accounts(one)).toMatchObject([{ balance: 8n }]);
    expect(await accounts(other)).toMatchObject([{ balance: 8n }]);
    await books.expectSound();
  });

  it.each([
    ['nothing', points(0)],
    ['less than nothing', points(-5)],
    ['half a point', points('0.5')],
    ['no amount', undefined],
  ])('is refused when it asks for %s, and its neighbours are not', async (_what, amount) => {
    const [bad, good] = [{ ...request(newId(), 1), amount }, request(newId(), 7)];
    await handle(bad, good);
    expect(await refused(bad.key)).toMatchObject([{ customerId: bad.customerId, reason: 'INVALID_REQUEST' }]);
    expect(await granted(bad.key)).toEqual([]);
    expect(await accounts(bad.customerId)).toEqual([]);
    expect(await accounts(good.customerId)).toMatchObject([{ balance: 7n }]);
  });

  it('is refused when its key is somebody else’s, whichever way that came', async () => {
    const first = request(newId(), 100);
    await handle(first);
    await handle({ ...first, amount: points(200) });
    expect(await refused(first.key)).toMatchObject([{ reason: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect(await accounts(first.customerId)).toMatchObject([{ balance: 100n }]);

    const called = request(newId(), 50);
    const account = await books.openAccount({ customerId: called.customerId, currency: 'PTS' });
    const target = { case: 'customerId', value: called.customerId } as const;
    const { key, amount, memo } = called;
    await books.process().credit({ key, target, amount, memo, reason: CreditReason.GRANT });
    await handle(called);
    expect(await granted(key)).toHaveLength(1);
    expect(await books.standing(account)).toEqual([50n, 0n, 0n]);
    await handle({ ...called, memo: 'another' });
    expect(await refused(key)).toHaveLength(1);
  });

  it('that names no key or nobody is parked', async () => {
    await expect(handle(request('', 1))).rejects.toMatchObject({ reason: 'EVENT_MALFORMED' });
    await expect(handle(request(newId(), 1, 'a b'))).rejects.toMatchObject({ reason: 'EVENT_MALFORMED' });
  });
});
