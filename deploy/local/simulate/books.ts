import type { Api } from '../sample/api.ts';
import type { Money } from '../sample/resources.ts';
import { inParallel, until } from '../sample/until.ts';
import type { Evening } from './evening.ts';

/** What the evening's money looks like from every side that keeps books about it. */
export interface Books {
  /** Sum of the fares of the rides that ended. */
  fares: bigint;
  /** Sum of what the riders' cards have paid. */
  captured: bigint;
  /** Sum of what the riders still owe. */
  owed: bigint;
  /** Whether settlement's journal balances, and has no difference to billing's ledger. */
  balanced: boolean;
  agree: boolean;
}

interface Payment {
  readonly state: string;
  readonly amount: Money;
}

interface TrialBalance {
  readonly balanced: boolean;
  readonly openDifferences: number;
  readonly compareTime?: string;
}

/** Adds the evening up once more from what billing and settlement say. Waits for settlement to have compared everything with billing. */
export async function readBooks(api: Api, riders: readonly string[], { rides }: Evening): Promise<Books> {
  const fares = sum([...rides.values()].flatMap(({ fare }) => fare ?? []));
  const payments = await inParallel(riders, 4, (id) => api.list<Payment>(`/v1/payments?customerId=${id}`, 'payments'));
  const captured = sum(
    payments.flat().flatMap(({ state, amount }) => (state === 'PAYMENT_STATE_CAPTURED' ? amount : [])),
  );
  const accounts = await inParallel(riders, 4, (id) =>
    api.list<{ kind: string; balance: Money }>(`/v1/accounts?customerId=${id}`, 'accounts'),
  );
  const owed = sum(accounts.flat().flatMap(({ kind, balance }) => (kind === 'ACCOUNT_KIND_POSTPAID' ? balance : [])));
  const now = new Date().toISOString();
  const { balanced, openDifferences } = await until(
    'settlement to have compared its journal with billing',
    120_000,
    async () => {
      const trial = await api.get<TrialBalance>('/v1/trialBalance');
      return (trial.compareTime ?? '') > now ? trial : undefined;
    },
    1_000,
  );
  const clean = balanced && openDifferences === 0;
  return { fares, captured, owed, balanced: clean, agree: clean && fares === captured && owed === 0n };
}

function sum(amounts: readonly Money[]): bigint {
  return amounts.reduce((total, { amount }) => total + BigInt(amount), 0n);
}
