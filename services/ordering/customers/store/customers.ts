import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Customer } from '../customer.ts';

interface CustomerRow {
  id: string;
  display_name: string;
  email: string;
  phone: string;
  address: string;
  create_time: Date;
  revision: bigint;
}

const columns = 'id, display_name, email, phone, address, create_time, revision';

/** False where the id is taken. */
export async function insertCustomer(tx: Transaction, customer: Customer): Promise<boolean> {
  const { id, displayName, email, phone, address, createTime, revision } = customer;
  const { rowCount } = await tx.query(
    `insert into customers (${columns}) values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
    [id, displayName, email, phone, address, createTime, revision],
  );
  return rowCount === 1;
}

/** Writes the customer's changeable fields and its revision. */
export async function updateCustomerRow(tx: Transaction, customer: Customer): Promise<void> {
  const { id, displayName, email, phone, address, revision } = customer;
  await tx.query(
    'update customers set display_name = $2, email = $3, phone = $4, address = $5, revision = $6 where id = $1',
    [id, displayName, email, phone, address, revision],
  );
}

export async function findCustomer(sql: Sql, id: string): Promise<Customer | undefined> {
  const { rows } = await prepared<CustomerRow>(sql, `select ${columns} from customers where id = $1`, [id]);
  return rows[0] && toCustomer(rows[0]);
}

/** The customer, locked until the transaction ends. */
export async function lockCustomer(tx: Transaction, id: string): Promise<Customer | undefined> {
  const { rows } = await tx.query<CustomerRow>(`select ${columns} from customers where id = $1 for update`, [id]);
  return rows[0] && toCustomer(rows[0]);
}

/** Customers, oldest first. */
export async function listCustomerRows(
  sql: Sql,
  after: { createTime: Date; id: string } | undefined,
  limit: number,
): Promise<Customer[]> {
  const { rows } = await sql.query<CustomerRow>(
    `select ${columns} from customers
     where ($1::timestamptz is null or (create_time, id) > ($1, $2)) order by create_time, id limit $3`,
    [after?.createTime ?? null, after?.id ?? null, limit],
  );
  return rows.map(toCustomer);
}

function toCustomer(row: CustomerRow): Customer {
  return {
    id: row.id,
    displayName: row.display_name,
    email: row.email,
    phone: row.phone,
    address: row.address,
    createTime: row.create_time,
    revision: row.revision,
  };
}
