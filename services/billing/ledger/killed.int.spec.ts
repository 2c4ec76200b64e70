import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CreditReason } from '#proto/billing/v1/balance_service';
import { Books } from '../testing/books.ts';
import { won } from '../testing/caller.ts';
import { spend } from '../testing/spendUntilKilled.ts';

const program = fileURLToPath(new URL('../testing/spendUntilKilled.ts', import.meta.url));
const turns = 12;

describe('killed at any step and repeated, a command has happened once', () => {
  it.each([
    'ledger.locked@1',
    'ledger.locked@5',
    'outbox.before-commit@2',
    'ledger.before-commit@1',
    'ledger.before-commit@6',
    'ledger.committed@1',
    'ledger.committed@4',
    'ledger.committed@9',
  ])('%s', async (point) => {
    await using books = await Books.begin();
    const account = await books.openAccount();
    const target = { case: 'account', value: account } as const;
    await books.process().credit({ target, amount: won(1_000), reason: CreditReason.GRANT });

    const child = spawn(process.execPath, [program], {
      env: {
        ...process.env,
        SPEND_DATABASE_URL: books.url,
        SPEND_ACCOUNT: account,
        SPEND_TURNS: String(turns),
        JANGBU_KILL_AT: point,
      },
      stdio: 'inherit',
    });
    expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
    await spend(books.process().database, account, turns);

    expect(await books.standing(account)).toEqual([1_000n - 6n * BigInt(turns), 0n, 0n]);
    const { rows } = await books.database.query(
      'select cause_kind as kind, count(*)::int from journal_entries group by 1 order by 1',
    );
    expect(rows).toEqual([
      { kind: 'COMMIT', count: turns },
      { kind: 'GRANT', count: 1 },
      { kind: 'REFUND', count: turns },
    ]);
    await books.expectSound();
  });
});
