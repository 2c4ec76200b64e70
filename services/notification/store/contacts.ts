import type { Sql } from '#shared/database/database';
import type { Contact } from '../domain/contact.ts';
import type { Addressee } from '../domain/message.ts';

export async function putCustomer(sql: Sql, id: string, { displayName, email, phone }: Contact): Promise<void> {
  await sql.query(
    `insert into contacts (customer_id, display_name, email, phone) values ($1, $2, $3, $4)
     on conflict (customer_id) do update set
       display_name = excluded.display_name, email = excluded.email, phone = excluded.phone`,
    [id, displayName, email, phone],
  );
}

export async function putDriver(sql: Sql, id: string, { displayName, phone }: Omit<Contact, 'email'>): Promise<void> {
  await sql.query(
    `insert into driver_contacts (driver_id, display_name, phone) values ($1, $2, $3)
     on conflict (driver_id) do update set display_name = excluded.display_name, phone = excluded.phone`,
    [id, displayName, phone],
  );
}

/** Undefined for somebody nobody has told of yet. */
export async function findContact(sql: Sql, { kind, id }: Exclude<Addressee, { kind: 'department' }>) {
  const found =
    kind === 'customer'
      ? sql.query<Contact>(`select display_name as "displayName", email, phone from contacts where customer_id = $1`, [
          id,
        ])
      : sql.query<Contact>(
          `select display_name as "displayName", '' as email, phone from driver_contacts where driver_id = $1`,
          [id],
        );
  return (await found).rows[0];
}
