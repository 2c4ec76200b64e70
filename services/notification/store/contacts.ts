import type { Sql } from '#shared/database/database';
import type { Contact } from '../domain/contact.ts';

export async function putContact(sql: Sql, { customerId, displayName, email, phone }: Contact): Promise<void> {
  await sql.query(
    `insert into contacts (customer_id, display_name, email, phone) values ($1, $2, $3, $4)
     on conflict (customer_id) do update set
       display_name = excluded.display_name, email = excluded.email, phone = excluded.phone`,
    [customerId, displayName, email, phone],
  );
}

export async function findContact(sql: Sql, customerId: string): Promise<Contact | undefined> {
  const { rows } = await sql.query<Contact>(
    `select customer_id as "customerId", display_name as "displayName", email, phone
     from contacts where customer_id = $1`,
    [customerId],
  );
  return rows[0];
}
