import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { StoredFault } from '#shared/errors/storedFault';

/** A command as its key is kept: what it was, and the first answer. */
export interface KeyedAnswer extends FirstAnswer {
  method: string;
  key: string;
}

/** An encoded message, or a refusal for good. */
export interface FirstAnswer {
  /** Of the command's content. */
  hash: Buffer;
  answer: Uint8Array | null;
  refusal: StoredFault | null;
}

/** The kept answers of these keys, of whatever method. */
export async function readAnswers(tx: Transaction, keys: readonly string[]): Promise<KeyedAnswer[]> {
  if (keys.length === 0) return [];
  const { rows } = await prepared<KeyedAnswer>(
    tx,
    'select method, key, request_hash as hash, answer, refusal from balance_commands where key = any($1::text[])',
    [keys],
  );
  return rows;
}

/** In one order, so that processes which meet at the same keys never wait for one another in a circle. */
export async function insertAnswers(tx: Transaction, answers: readonly KeyedAnswer[]): Promise<void> {
  if (answers.length === 0) return;
  const sorted = [...answers].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.method < b.method ? -1 : 1));
  await prepared(
    tx,
    `insert into balance_commands (key, method, request_hash, answer, refusal)
     select * from unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::jsonb[])`,
    [
      sorted.map(({ key }) => key),
      sorted.map(({ method }) => method),
      sorted.map(({ hash }) => hash),
      sorted.map(({ answer }) => answer && Buffer.from(answer)),
      sorted.map(({ refusal }) => refusal && JSON.stringify(refusal)),
    ],
  );
}
