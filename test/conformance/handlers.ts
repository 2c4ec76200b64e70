import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { type Consumer, consumer, Drop, on, Retry } from '#shared/inbox/consumer';
import { readCount } from './counting.ts';

/**
 * Applies counts by appending them to a table, so that a count applied twice or too early shows. The counter's name says
 * what goes wrong, as long as the table `cured` does not name it.
 */
export function counters(): Consumer {
  return consumer({
    source: 'ordering',
    aggregates: ['customer'],
    handlers: [
      on(CustomerChangedSchema, async (event, tx) => {
        const { id, n } = readCount(event);
        await tx.query('insert into applied (id, n) values ($1, $2)', [id, n]);
        if (!(await isCured(tx, id))) fail(id);
      }),
    ],
  });
}

async function isCured(tx: Transaction, id: string): Promise<boolean> {
  const { rowCount } = await tx.query('select from cured where what = $1', [id]);
  return rowCount > 0;
}

function fail(id: string): void {
  switch (id.split('-')[0]) {
    case 'broken':
      throw new TypeError('nobody has foreseen this');
    case 'refused':
      throw new Fault('LINE_STATE_FORBIDS', { message: 'the line forbids it' });
    case 'early':
      throw new Retry('not yet');
    case 'unavailable':
      throw new Fault('DEPENDENCY_UNAVAILABLE');
    case 'idle':
      throw new Drop('nobody needs it');
  }
}
