import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreditReason, DebitReason } from '#proto/billing/v1/balance_service';
import { BalanceCause, type Entry } from '#proto/billing/v1/entry';
import { newId } from '#shared/ids';
import { Books } from '../testing/books.ts';

const points = (amount: number | bigint) => ({ currency: 'PTS', amount: String(amount) });
const taken = ({ amount }: Entry) => -BigInt(amount?.amount ?? '0');

describe('SMOKE-4 points are taken away and given back', () => {
  let books: Books;
  beforeAll(async () => {
    books = await Books.begin();
  });
  afterAll(() => books[Symbol.asyncDispose]());

  async function owner(minor: number, expiring = 0) {
    const customerId = newId();
    const id = await books.openAccount({ customerId, currency: 'PTS' });
    const target = { case: 'account', value: id } as const;
    const reason = CreditReason.GRANT;
    const process = books.process();
    if (minor > 0) await process.credit({ target, amount: points(minor), reason });
    const expireTime = timestampFromDate(new Date(books.now.getTime() + 60_000));
    if (expiring > 0) await process.credit({ target, amount: points(expiring), reason, expireTime });
    return { id, customerId, payer: { case: 'customerId', value: customerId } as const, target };
  }
  const forfeit = (payer: Awaited<ReturnType<typeof owner>>['payer'], minor: number, more: object = {}) =>
    books.process().debit({ payer, amount: points(minor), reason: DebitReason.FORFEITURE, ...more });

  it('takes what there is of more than there is, credits that expire first', async () => {
    const { id, payer } = await owner(30, 50);
    expect(await forfeit(payer, 60, { memo: '흡연' })).toMatchObject({
      cause: BalanceCause.FORFEITURE,
      amount: points(-60),
      balance: points(20),
      memo: '흡연',
    });
    expect(await books.standing(id)).toEqual([20n, 0n, 0n]);
    expect(taken(await forfeit(payer, 60))).toBe(20n);
    expect(await books.standing(id)).toEqual([0n, 0n, 0n]);
    await books.expectSound();
  });

  it('answers nothing where there is nothing, and the key remembers that when there is something again', async () => {
    const { id, payer, target } = await owner(0);
    const key = newId();
    const nothing = await forfeit(payer, 60, { key });
    expect(nothing).toMatchObject({ id: '', accountId: id, causeId: key, amount: points(0), balance: points(0) });
    await books.process().credit({ target, amount: points(500), reason: CreditReason.GRANT });
    expect(await forfeit(payer, 60, { key })).toEqual(nothing);
    expect(await books.standing(id)).toEqual([500n, 0n, 0n]);
    await expect(forfeit(payer, 61, { key })).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
    await books.expectSound();
  });

  it('taken by many at once in several processes, the account is never below zero and loses what it had', async () => {
    const { id, payer } = await owner(500, 237);
    const processes = [books.process(), books.process({ lanes: 3, batchCommands: 4 }), books.process()];
    const entries = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        processes[index % 3]?.debit({ payer, amount: points(25), reason: DebitReason.FORFEITURE }),
      ),
    );
    const sum = entries.reduce((total, entry) => total + (entry ? taken(entry) : 0n), 0n);
    expect(sum).toBe(737n);
    expect(await books.standing(id)).toEqual([0n, 0n, 0n]);
    expect(entries.filter((entry) => entry?.id === '')).toHaveLength(30);
    await books.expectSound();
  });

  it('comes too late after its last moment, unless it has happened by then', async () => {
    const { id, payer } = await owner(100);
    const lastMoment = new Date(books.now.getTime() + 5_000);
    const [early, late] = [newId(), newId()];
    const notAfter = timestampFromDate(lastMoment);
    const first = await forfeit(payer, 10, { key: early, notAfter });
    books.now = lastMoment;
    await forfeit(payer, 10, { notAfter });
    books.now = new Date(lastMoment.getTime() + 1);
    await expect(forfeit(payer, 10, { key: late, notAfter })).rejects.toMatchObject({ reason: 'COMMAND_EXPIRED' });
    const sale = { payer, amount: points(10), notAfter };
    await expect(books.process().debit(sale)).rejects.toMatchObject({ reason: 'COMMAND_EXPIRED' });
    expect(await forfeit(payer, 10, { key: early, notAfter })).toEqual(first);
    expect(await books.standing(id)).toEqual([80n, 0n, 0n]);
  });

  it('is refused without an account; after its last moment that, too, is an answer for good', async () => {
    const payer = { case: 'customerId', value: 'nobody' } as const;
    const notAfter = (ms: number) => timestampFromDate(new Date(books.now.getTime() + ms));
    await expect(forfeit(payer, 10)).rejects.toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
    await expect(forfeit(payer, 10, { notAfter: notAfter(0) })).rejects.toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
    await expect(forfeit(payer, 10, { notAfter: notAfter(-1) })).rejects.toMatchObject({ reason: 'COMMAND_EXPIRED' });
  });

  it('is nothing that is taxed', async () => {
    const { payer } = await owner(100);
    await expect(forfeit(payer, 10, { tax: points(1) })).rejects.toMatchObject({
      reason: 'INVALID_REQUEST',
      violations: [{ field: 'tax' }],
    });
  });

  it('SMOKE-5 is given back once, to the account it came from', async () => {
    const { id, payer, target } = await owner(100);
    await forfeit(payer, 40);
    const key = newId();
    const credit = { key, target, amount: points(40), reason: CreditReason.REINSTATEMENT };
    const answers = await Promise.all([1, 2, 3].map(() => books.process().credit(credit)));
    expect(answers[0]).toMatchObject({ cause: BalanceCause.REINSTATEMENT, amount: points(40), balance: points(100) });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await books.standing(id)).toEqual([100n, 0n, 0n]);
    const expireTime = timestampFromDate(new Date(books.now.getTime() + 1_000));
    await expect(books.process().credit({ ...credit, key: newId(), expireTime })).rejects.toMatchObject({
      violations: [{ field: 'expire_time' }],
    });
    await books.expectSound();
  });
});
