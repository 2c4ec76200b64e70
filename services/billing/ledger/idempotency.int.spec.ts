import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreditReason } from '#proto/billing/v1/balance_service';
import { ReservationState } from '#proto/billing/v1/reservation';
import { newId } from '#shared/ids';
import { Books } from '../testing/books.ts';
import { won } from '../testing/caller.ts';

describe('a key', () => {
  let books: Books;
  beforeAll(async () => {
    books = await Books.begin();
  });
  afterAll(() => books[Symbol.asyncDispose]());

  const funded = async (amount: number) => {
    const id = await books.openAccount({ customerId: newId() });
    const target = { case: 'account', value: id } as const;
    await books.process().credit({ target, amount: won(amount), reason: CreditReason.GRANT });
    return { id, payer: target };
  };

  it('lets a command happen once, however often and wherever it is sent at the same time', async () => {
    const { id, payer } = await funded(100);
    const processes = [books.process(), books.process(), books.process({ lanes: 4 })];
    const key = newId();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => processes[index % 3]?.reserve({ key, payer, amount: won(60) })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer?.id))).size).toBe(1);
    expect(await books.standing(id)).toEqual([100n, 60n, 0n]);
    const reservation = answers[0]?.id ?? '';
    const commit = newId();
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => processes[index % 3]?.commit({ key: commit, reservation })),
    );
    expect(await books.standing(id)).toEqual([40n, 0n, 0n]);
    await books.expectSound();
  });

  it('gives the first answer, whatever has become of it since', async () => {
    const { payer } = await funded(100);
    const process = books.process();
    const key = newId();
    const first = await process.reserve({ key, payer, amount: won(60) });
    await process.commit({ reservation: first.id });
    const again = await books.process().reserve({ key, payer, amount: { currency: 'KRW', amount: '60.00' } });
    expect(again).toEqual(first);
    expect(again.state).toBe(ReservationState.HELD);
  });

  it('is refused with other content, and free again after a refusal', async () => {
    const { payer } = await funded(100);
    const process = books.process();
    const key = newId();
    await expect(process.reserve({ key, payer, amount: won(101) })).rejects.toMatchObject({
      reason: 'INSUFFICIENT_BALANCE',
      metadata: { available: '100', needed: '101' },
    });
    await process.reserve({ key, payer, amount: won(50) });
    await expect(process.reserve({ key, payer, amount: won(51) })).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('keeps a refusal for good: a late attempt changes nothing, also with the balance there and in another process', async () => {
    const { id, payer } = await funded(100);
    const process = books.process();
    const attempts = [
      {
        key: newId(),
        send: (key: string, by = process) => by.debit({ key, payer, amount: won(101), refuseForGood: true }),
      },
      {
        key: newId(),
        send: (key: string, by = process) => by.reserve({ key, payer, amount: won(101), refuseForGood: true }),
      },
    ];
    const refused = { reason: 'INSUFFICIENT_BALANCE', metadata: { available: '100', needed: '101' } };
    for (const { key, send } of attempts) await expect(send(key)).rejects.toMatchObject(refused);
    await process.credit({ target: payer, amount: won(900), reason: CreditReason.GRANT });
    for (const { key, send } of attempts) await expect(send(key, books.process())).rejects.toMatchObject(refused);
    expect(await books.standing(id)).toEqual([1_000n, 0n, 0n]);
    await attempts[0]?.send(newId());
    expect(await books.standing(id)).toEqual([899n, 0n, 0n]);
    await books.expectSound();
  });

  it('that two accounts use at once belongs to one of them', async () => {
    const [one, other] = [await funded(100), await funded(100)];
    const key = newId();
    const outcomes = await Promise.allSettled([
      books.process().debit({ key, payer: one.payer, amount: won(10) }),
      books.process().debit({ key, payer: other.payer, amount: won(10) }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [refused] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused).toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
    await books.expectSound();
  });
});
