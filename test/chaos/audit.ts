import { expect } from 'vitest';
import type { Api } from '../../deploy/local/sample/api.ts';
import type { Money } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import type { World } from '../journeys/world.ts';
import type { Trade } from './trade.ts';

interface Account {
  readonly id: string;
  readonly balance: Money;
  readonly reserved: Money;
  readonly available: Money;
}

interface Entry {
  readonly position: string;
  readonly amount: Money;
  readonly balance: Money;
}

interface Order {
  readonly id: string;
  readonly customerId: string;
  readonly offeringId: string;
  readonly quantity?: string;
  readonly state: string;
  readonly total?: Money;
}

const PENDING = 'ORDER_STATE_PENDING';
const COMPLETED = 'ORDER_STATE_COMPLETED';
const FINAL = new Set([COMPLETED, 'ORDER_STATE_REJECTED', 'ORDER_STATE_CANCELLED', 'ORDER_STATE_FAILED']);

/**
 * Holds a trade to its books, once everything has come to its end: every order is final, stock and deliveries follow from the
 * orders, every account has what was paid in less what was paid out and spent, no balance was ever below zero, the
 * company's journal agrees with billing's ledger, and my page shows the same balances.
 */
export async function audit(world: World, { business, goods, stock, accounts, customers }: Trade): Promise<void> {
  const api = world.operator;
  const orders = await until('every order to end', 60_000, async () => {
    const all = await api.list<Order>(`/v1/orders?business=${business}`, 'orders');
    return all.some(({ state }) => state === PENDING) ? undefined : all;
  });
  for (const order of orders) expect(FINAL).toContain(order.state);
  const completed = orders.filter(({ state }) => state === COMPLETED);
  const bought = completed.filter(({ offeringId }) => offeringId === goods);
  const pieces = bought.reduce((sum, { quantity }) => sum + Number(quantity), 0);
  const offering = await api.get<{ stock?: string }>(`/v1/offerings/${goods}`);
  expect(Number(offering.stock ?? 0)).toBe(stock - pieces);

  const lists = await Promise.all(
    customers.map((id) =>
      api.list<{ orderId: string; state: string }>(`/v1/deliveries?customerId=${id}`, 'deliveries'),
    ),
  );
  const delivered = lists.flat().filter(({ state }) => state !== 'DELIVERY_STATE_CANCELLED');
  expect(delivered.map(({ orderId }) => orderId).sort()).toEqual(bought.map(({ id }) => id).sort());

  for (const { id, customerId, currency, expected } of accounts) {
    const own = completed.filter((order) => order.customerId === customerId && order.total?.currency === currency);
    const spent = own.reduce((sum, { total }) => sum + BigInt(total?.amount ?? 0), 0n);
    const account = await until(`nothing reserved on ${id}`, 30_000, async () => {
      const now = await api.get<Account>(`/v1/accounts/${id}`);
      return now.reserved.amount === '0' ? now : undefined;
    });
    expect({ id, balance: account.balance.amount }).toEqual({ id, balance: String(expected - spent) });
    expect(account.available).toEqual(account.balance);
    await auditEntries(api, account);
  }
  await auditBooks(
    world,
    accounts.map(({ id }) => id),
  );
}

/** The journal of one account: no gap, every balance the one before it and the amount, none below zero. */
async function auditEntries(api: Api, account: Account): Promise<void> {
  const entries = (await api.list<Entry>(`/v1/accounts/${account.id}/entries`, 'entries')).reverse();
  let balance = 0n;
  for (const [index, entry] of entries.entries()) {
    balance += BigInt(entry.amount.amount);
    expect(entry).toMatchObject({ position: String(index + 1), balance: { amount: String(balance) } });
    expect(balance >= 0n).toBe(true);
  }
  expect(String(balance)).toBe(account.balance.amount);
}

/** The company's journal, and what the customers see. */
async function auditBooks(world: World, accountIds: readonly string[]): Promise<void> {
  const api = world.operator;
  const books = await until('settlement to agree with billing', 60_000, async () => {
    const trial = await api.post<{ balanced?: boolean; openDifferences?: number }>('/v1/journal:reconcile', {});
    return trial.balanced && !trial.openDifferences ? trial : undefined;
  });
  expect(books).toMatchObject({ balanced: true });
  for (const id of accountIds) {
    const { customerId, ...account } = await api.get<Account & { customerId: string }>(`/v1/accounts/${id}`);
    await until('my page to follow', 30_000, async () => {
      const { balances } = await api.get<{ balances?: Account[] }>(`/v1/mypages/${customerId}`);
      const shown = balances?.find((each) => each.id === id);
      return shown?.balance.amount === account.balance.amount || undefined;
    });
  }
}
