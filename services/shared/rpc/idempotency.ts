import { createHash } from 'node:crypto';
import type { Sql, Transaction } from '../database/database.ts';
import { prepared } from '../database/prepared.ts';
import { Fault, invalidField } from '../errors/fault.ts';

export interface KeyedCall {
  subject: string;
  method: string;
  key: string;
  request: Uint8Array;
}

/** What a command answered under a key. */
export interface KeyedAnswer {
  response: Uint8Array;
  /** The command goes on after its transaction, and this is not its last word yet. */
  open: boolean;
}

const idOf = ({ subject, method, key }: KeyedCall) => [subject, method, key];
const hashOf = ({ request }: KeyedCall) => createHash('sha256').update(request).digest();

/**
 * Runs a command once per key. The key's row is inserted first, so a second call with the same key waits for
 * the first one's transaction: if that commits, the stored answer is given again; if it rolls back, the second takes its place.
 */
export async function once(
  tx: Transaction,
  call: KeyedCall,
  run: () => Promise<Uint8Array>,
  open = false,
): Promise<KeyedAnswer & { replayed: boolean }> {
  requireKey(call);
  const inserted = await prepared(
    tx,
    `insert into idempotency_keys (subject, method, key, request_hash) values ($1, $2, $3, $4) on conflict do nothing`,
    [...idOf(call), hashOf(call)],
  );
  if (inserted.rowCount === 0) {
    const first = await answered(tx, call);
    if (!first) throw new Error('unreachable: the key is there and its transaction is over');
    return { ...first, replayed: true };
  }
  const response = await run();
  await prepared(
    tx,
    'update idempotency_keys set response = $4, open = $5 where subject = $1 and method = $2 and key = $3',
    [...idOf(call), Buffer.from(response), open],
  );
  return { response, open, replayed: false };
}

/** What was answered under the key, if anything was. */
export async function answered(sql: Sql, call: KeyedCall): Promise<KeyedAnswer | undefined> {
  requireKey(call);
  const { rows } = await prepared<{ request_hash: Buffer; response: Buffer; open: boolean }>(
    sql,
    'select request_hash, response, open from idempotency_keys where subject = $1 and method = $2 and key = $3',
    idOf(call),
  );
  const [first] = rows;
  if (first && !first.request_hash.equals(hashOf(call))) {
    throw new Fault('IDEMPOTENCY_KEY_REUSED', {
      message: 'the Idempotency-Key was used with another request',
    });
  }
  return first;
}

/** Makes an answer the last word under its key, and gives it; if another call was first, gives the one that is. */
export async function closeAnswer(sql: Sql, call: KeyedCall, response: Uint8Array): Promise<Uint8Array> {
  const { rowCount } = await prepared(
    sql,
    `update idempotency_keys set response = $4, open = false
     where subject = $1 and method = $2 and key = $3 and open`,
    [...idOf(call), Buffer.from(response)],
  );
  return rowCount === 1 ? response : ((await answered(sql, call))?.response ?? response);
}

function requireKey({ key }: KeyedCall): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw invalidField('idempotency-key', 'must be 1 to 255 printable ASCII characters without spaces');
}
