import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountKind } from '#proto/billing/v1/account';
import {
  CreateAccountRequestSchema,
  ListEntriesRequestSchema,
  PayRequestSchema,
  TopUpRequestSchema,
  WithdrawRequestSchema,
} from '#proto/billing/v1/account_service';
import { CreditReason } from '#proto/billing/v1/balance_service';
import { BalanceCause } from '#proto/billing/v1/entry';
import { CustomerSchema } from '#proto/ordering/v1/customer';
import type { CallContext, Command } from '#shared/rpc/context';
import { accountService } from '../../rpc/accountService.ts';
import { saveCustomer } from '../../store/copies.ts';
import { Books } from '../../testing/books.ts';
import { patient } from '../../testing/caller.ts';

const points = (amount: number) => ({ currency: 'PTS', amount: String(amount) });

describe('AccountService', () => {
  let books: Books;
  beforeAll(async () => {
    books = await Books.begin();
    await books.database.transaction((tx) =>
      saveCustomer(tx, create(CustomerSchema, { id: 'reader', displayName: 'Reader', email: 'r@example.com' })),
    );
  });
  afterAll(() => books[Symbol.asyncDispose]());

  const as = (customerId?: string): CallContext => ({
    ...patient(),
    caller: customerId
      ? { subject: customerId, roles: new Set(['customer'] as const), customerId }
      : { subject: 'operator', roles: new Set(['operator'] as const) },
  });
  /** Runs a method the way the server does, without the wire. */
  const run = <Desc extends DescMessage>(
    method: string,
    schema: Desc,
    init: MessageInitShape<Desc>,
    context = as('reader'),
    // biome-ignore lint/suspicious/noExplicitAny: the handlers by name
  ): Promise<any> => {
    const handler = accountService(books.database, books.clock).handlers[method];
    const request = create(schema, init);
    if (typeof handler === 'function') return handler(request, context);
    return books.database.transaction((tx) =>
      (handler as Command<DescMessage, DescMessage>).inTransaction(request, tx, context),
    );
  };
  const open = async () => {
    const account = { customerId: 'reader', currency: 'PTS', kind: AccountKind.PREPAID };
    return (await run('createAccount', CreateAccountRequestSchema, { account })).id as string;
  };

  it('TOON-1 TOON-3 tops up, pays and pays out, and shows every movement with the balance behind it', async () => {
    const account = await open();
    await run('topUp', TopUpRequestSchema, { account, amount: points(600), memo: 'card' });
    const paid = await run('pay', PayRequestSchema, { account, amount: points(100) });
    expect([paid.balance.amount, paid.available.amount]).toEqual(['500', '500']);
    await run('withdraw', WithdrawRequestSchema, { account, amount: points(300) });
    await expect(run('pay', PayRequestSchema, { account, amount: points(600) })).rejects.toMatchObject({
      reason: 'INSUFFICIENT_BALANCE',
      metadata: { available: '200', needed: '600' },
    });
    const first = await run('listEntries', ListEntriesRequestSchema, { account, pageSize: 2 });
    const rest = await run('listEntries', ListEntriesRequestSchema, {
      account,
      pageSize: 2,
      pageToken: first.nextPageToken,
    });
    const shown = [...first.entries, ...rest.entries].map(({ position, cause, amount, balance }) => [
      ...[position, cause, amount.amount, balance.amount],
    ]);
    expect(shown).toEqual([
      [3n, BalanceCause.WITHDRAWAL, '-300', '200'],
      [2n, BalanceCause.PAYMENT, '-100', '500'],
      [1n, BalanceCause.TOP_UP, '600', '600'],
    ]);
    expect([rest.nextPageToken, rest.entries[0].memo]).toEqual(['', 'card']);
    await books.expectSound();
  });

  it('shows and moves an account to its owner and to operators only', async () => {
    const account = await open();
    const notFound = { reason: 'ACCOUNT_NOT_FOUND' };
    for (const [method, schema] of [
      ['topUp', TopUpRequestSchema],
      ['withdraw', WithdrawRequestSchema],
      ['pay', PayRequestSchema],
    ] as const) {
      const stranger = run(method, schema, { account, amount: points(1) }, as('stranger'));
      await expect(stranger).rejects.toMatchObject(notFound);
    }
    const listing = run('listEntries', ListEntriesRequestSchema, { account }, as('stranger'));
    await expect(listing).rejects.toMatchObject(notFound);
    await run('topUp', TopUpRequestSchema, { account, amount: points(5) }, as());
    expect(await books.standing(account)).toEqual([5n, 0n, 0n]);
  });

  it('is not moved by whoever decided on an older version of it', async () => {
    const account = await open();
    const first = await run('topUp', TopUpRequestSchema, { account, amount: points(5) });
    const move = (method: string, schema: DescMessage, ifMatch: string) =>
      run(method, schema, { account, amount: points(1) }, { ...as('reader'), ifMatch });
    for (const [method, schema] of [
      ['topUp', TopUpRequestSchema],
      ['withdraw', WithdrawRequestSchema],
      ['pay', PayRequestSchema],
    ] as const) {
      await expect(move(method, schema, '"1"')).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
    }
    expect(await books.standing(account)).toEqual([5n, 0n, 0n]);
    await move('pay', PayRequestSchema, `"${first.etag}"`);
    expect(await books.standing(account)).toEqual([4n, 0n, 0n]);
  });

  it('refuses other currencies, nothing, less than nothing and too much', async () => {
    const account = await open();
    const topUp = (amount: { currency: string; amount: string }) =>
      run('topUp', TopUpRequestSchema, { account, amount });
    await expect(topUp({ currency: 'KRW', amount: '5' })).rejects.toMatchObject({ reason: 'CURRENCY_MISMATCH' });
    await expect(topUp(points(0))).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
    await expect(topUp(points(-5))).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
    await topUp({ currency: 'PTS', amount: '999999999999999999' });
    await expect(topUp(points(1))).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
    const token = { account, pageToken: Buffer.from('["x"]').toString('base64url') };
    await expect(run('listEntries', ListEntriesRequestSchema, token)).rejects.toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
    });
  });

  it('is what BalanceService finds by customer and currency, the oldest of them', async () => {
    const process = books.process();
    const oldest = await books.openAccount({ customerId: 'found', currency: 'PTS' });
    await books.openAccount({ customerId: 'found', currency: 'PTS' });
    const bill = await books.openAccount({ customerId: 'found', currency: 'KRW', kind: 'POSTPAID' });
    const target = { case: 'customerId', value: 'found' } as const;
    const entry = await process.credit({ target, amount: points(5), reason: CreditReason.GRANT });
    expect(entry.accountId).toBe(oldest);
    const won = { currency: 'KRW', amount: '5' };
    await expect(process.debit({ payer: target, amount: won })).rejects.toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
    await expect(process.debit({ payer: { case: 'account', value: bill }, amount: won })).rejects.toMatchObject({
      reason: 'ACCOUNT_MISMATCH',
    });
  });

  it('is reserved of for the owner who is named only', async () => {
    const process = books.process();
    const account = await books.openAccount({ customerId: 'owner', currency: 'PTS' });
    const payer = { case: 'account', value: account } as const;
    await process.credit({ target: payer, amount: points(5), reason: CreditReason.GRANT });
    const reserve = { key: `${account}-once`, payer, amount: points(5) };
    await expect(process.reserve({ ...reserve, ownerId: 'stranger' })).rejects.toMatchObject({
      reason: 'ACCOUNT_NOT_FOUND',
    });
    expect(await books.standing(account)).toEqual([5n, 0n, 0n]);
    await process.reserve({ ...reserve, ownerId: 'owner' });
    // The owner is part of what a key stands for, or a stranger would be given the first answer.
    await expect(process.reserve({ ...reserve, ownerId: 'stranger' })).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
  });
});
