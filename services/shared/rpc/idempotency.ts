import { createHash } from 'node:crypto';
import type { Transaction } from '../database/database.ts';
import { Fault, invalidField } from '../errors/fault.ts';

export interface KeyedCall {
  subject: string;
  method: string;
  key: string;
  request: Uint8Array;
}

/**
 * Runs a command once per key. The key's row is inserted first, so a second call with the same key waits for
 * the first one's transaction: if that commits, the stored answer is given again; if it rolls back, the second takes its place.
 */
export async function once(
  tx: Transaction,
  call: KeyedCall,
  run: () => Promise<Uint8Array>,
): Promise<{ response: Uint8Array; replayed: boolean }> {
  if (!/^[\x21-\x7e]{1,255}$/.test(call.key)) {
    throw invalidField('idempotency-key', 'must be 1 to 255 printable ASCII characters without spaces');
  }
  const hash = createHash('sha256').update(call.request).digest();
  const id = [call.subject, call.method, call.key];
  const inserted = await tx.query(
    `insert into idempotency_keys (subject, method, key, request_hash) values ($1, $2, $3, $4) on conflict do nothing`,
    [...id, hash],
  );
  if (inserted.rowCount === 0) {
    const { rows } = await tx.query<{ request_hash: Buffer; response: Buffer }>(
      'select request_hash, response from idempotency_keys where subject = $1 and method = $2 and key = $3',
      id,
    );
    const first = rows[0];
    if (!first?.request_hash.equals(hash)) {
      throw new Fault('IDEMPOTENCY_KEY_REUSED', {
        message: 'the Idempotency-Key was used with another request',
      });
    }
    return { response: first.response, replayed: true };
  }
  const response = await run();
  await tx.query('update idempotency_keys set response = $4 where subject = $1 and method = $2 and key = $3', [
    ...id,
    Buffer.from(response),
  ]);
  return { response, replayed: false };
}
