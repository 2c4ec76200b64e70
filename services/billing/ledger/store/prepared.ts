import { createHash } from 'node:crypto';
import type { Result, Row, Transaction } from '#shared/database/database';

const names = new Map<string, string>();

/** Runs a statement that a connection parses and plans only once: half the price of a short one. */
export async function prepared<R = Row>(tx: Transaction, text: string, values: unknown[]): Promise<Result<R>> {
  const { rows, rowCount } = await tx.client.query({ name: nameOf(text), text, values });
  return { rows, rowCount: rowCount ?? 0 };
}

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `ledger_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    names.set(text, name);
  }
  return name;
}
