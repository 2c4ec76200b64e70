import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Api } from '../../deploy/local/sample/api.ts';
import type { Money } from '../../deploy/local/sample/resources.ts';
import type { World } from './world.ts';

export interface Account {
  readonly id: string;
  readonly currency: string;
  readonly kind: string;
  readonly balance: Money;
}

export interface TrialBalance {
  readonly balanced?: boolean;
  readonly entries?: string;
  readonly compareTime?: string;
  readonly openDifferences?: number;
  readonly currencies?: readonly {
    readonly currency: string;
    readonly debit: Money;
    readonly credit: Money;
    readonly ledgers: readonly { readonly ledger: string; readonly balance: Money }[];
  }[];
}

export interface JournalDifference {
  readonly entryId: string;
  readonly kind: string;
  readonly billing?: readonly { readonly amount: Money }[];
  readonly settlement?: readonly { readonly amount: Money }[];
  readonly resolveTime?: string;
}

export function prepaidAccount(api: Api, customerId: string, currency: string): Promise<Account> {
  return api.post('/v1/accounts', { customerId, currency, kind: 'ACCOUNT_KIND_PREPAID' }, randomUUID());
}

export function move(api: Api, account: Account, how: 'topUp' | 'withdraw' | 'pay', amount: number): Promise<Account> {
  const money = { currency: account.currency, amount: String(amount) };
  return api.post(`/v1/accounts/${account.id}:${how}`, { amount: money, memo: how }, randomUUID());
}

export function reconciled(api: Api): Promise<TrialBalance> {
  return api.post('/v1/journal:reconcile', {});
}

/** The balance of a ledger in a currency; 0 where it never moved. */
export function balanceOf({ currencies = [] }: TrialBalance, ledger: string, currency: string): bigint {
  const found = currencies
    .find((each) => each.currency === currency)
    ?.ledgers.find((each) => each.ledger === `LEDGER_${ledger}`);
  return BigInt(found?.balance.amount ?? 0);
}

/** Sums by currency. */
export function sumsOf(amounts: readonly Money[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { currency, amount } of amounts) sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amount));
  return sums;
}

/** Does to settlement's journal what its constraints forbid, as somebody with the database's own password could. */
export async function tamper(world: World, ...statements: readonly (readonly [sql: string, values: unknown[]])[]) {
  const client = new pg.Client({ connectionString: world.mesh.databaseUrl('settlement') });
  await client.connect();
  try {
    await client.query("set session_replication_role = 'replica'");
    for (const [sql, values] of statements) await client.query(sql, values);
  } finally {
    await client.end();
  }
}
