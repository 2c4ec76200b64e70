import { createHash } from 'node:crypto';
import type { Result, Row, Sql } from './database.ts';
import { Database, type Transaction } from './database.ts';

const names = new Map<string, string>();

/**
 * Runs a statement that a connection parses and plans only once, which halves the price of a short one. For statements of a hot path
 * whose best plan does not depend on the values.
 */
export async function prepared<R = Row>(sql: Sql, text: string, values: unknown[]): Promise<Result<R>> {
  const runner = sql instanceof Database ? sql.pool : (sql as Transaction).client;
  const { rows, rowCount } = await runner.query({ name: nameOf(text), text, values });
  return { rows, rowCount: rowCount ?? 0 };
}

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('hex').slice(0, 24);
    names.set(text, name);
  }
  return name;
}
