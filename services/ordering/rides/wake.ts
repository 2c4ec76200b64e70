import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';

/** Told whenever a ride wants a driver, or a driver can have a ride. */
export const dispatchChannel = 'rides';

/** Has the dispatch look, once the transaction has committed. */
export async function wakeDispatch(tx: Transaction): Promise<void> {
  await prepared(tx, `select pg_notify('${dispatchChannel}', '')`, []);
}
