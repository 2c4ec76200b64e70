import './orphan.ts';
import type { CustomerSchema } from '#proto/ordering/v1/customer';
import { type CreateCustomerRequestSchema, CustomerService } from '#proto/ordering/v1/customer_service';
import { Database } from '#shared/database/database';
import { killPoint } from '#shared/process/killPoint';
import { command } from '#shared/rpc/context';
import type { Caller } from '#shared/rpc/identity';
import { part, serveOn } from './serving.ts';

// Serves one command on a given port, and is killed on either side of its commit.
const { DATABASE_URL = '', PORT = '0' } = process.env;

class MortalDatabase extends Database {
  override async transaction<T>(work: Parameters<Database['transaction']>[0]): Promise<T> {
    const result = await super.transaction(work);
    killPoint('call.after-commit');
    return result as T;
  }
}

const database = new MortalDatabase(DATABASE_URL);
const create = command<typeof CreateCustomerRequestSchema, typeof CustomerSchema>(async ({ customer }, tx) => {
  const { rows } = await tx.query(`insert into applied (id, n) values ($1, 1) returning position`, [
    customer?.displayName,
  ]);
  killPoint('call.before-commit');
  return { id: String(rows[0].position), displayName: customer?.displayName };
});
const operator: Caller = { subject: 'operator', roles: new Set(['operator']) };
await serveOn(
  [part(CustomerService, database, { createCustomer: create })],
  async () => ({ caller: operator }),
  Number(PORT),
);
