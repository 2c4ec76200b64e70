import type { Sql, Transaction } from '#shared/database/database';
import type { PayingMethod } from '../domain/payment.ts';

export interface PaymentMethod extends PayingMethod {
  customerId: string;
  displayName: string;
  createTime: Date;
}

const columns = `id, customer_id as "customerId", provider_method_id as "providerMethodId", display_name as "displayName",
  create_time as "createTime"`;

export async function insertMethod(tx: Transaction, method: PaymentMethod): Promise<void> {
  await tx.query(
    'insert into payment_methods (id, customer_id, provider_method_id, display_name, create_time) values ($1, $2, $3, $4, $5)',
    [method.id, method.customerId, method.providerMethodId, method.displayName, method.createTime],
  );
}

/** Payment methods, newest first. */
export async function listMethods(
  sql: Sql,
  filter: { customerId: string; before: string | undefined; limit: number },
): Promise<PaymentMethod[]> {
  const { rows } = await sql.query<PaymentMethod>(
    `select ${columns} from payment_methods
     where ($1 = '' or customer_id = $1) and ($2::text is null or id < $2) order by id desc limit $3`,
    [filter.customerId, filter.before ?? null, filter.limit],
  );
  return rows;
}

/** The one that pays. */
export async function readNewestMethod(sql: Sql, customerId: string): Promise<PayingMethod | undefined> {
  const { rows } = await sql.query<PaymentMethod>(
    `select ${columns} from payment_methods where customer_id = $1 order by id desc limit 1`,
    [customerId],
  );
  return rows[0];
}
