import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Customer } from '#proto/ordering/v1/customer';
import type { Offering } from '#proto/ordering/v1/offering';
import { type Tariff as ProtoTariff, TariffSchema } from '#proto/rating/v1/tariff';
import type { Sql } from '#shared/database/database';
import { tariffFromProto } from '#shared/pricing/fromProto';
import type { Tariff } from '#shared/pricing/tariff';

/** The customer as documents name them. */
export interface Payer {
  displayName: string;
  email: string;
  address: string;
}

export async function saveTariff(sql: Sql, tariff: ProtoTariff): Promise<void> {
  await sql.query(
    'insert into tariffs (id, body) values ($1, $2) on conflict (id) do update set body = excluded.body',
    [tariff.id, Buffer.from(toBinary(TariffSchema, tariff))],
  );
}

export async function saveOffering(sql: Sql, offering: Offering): Promise<void> {
  await sql.query(
    `insert into offerings (id, business, display_name) values ($1, $2, $3)
     on conflict (id) do update set business = excluded.business, display_name = excluded.display_name`,
    [offering.id, offering.business, offering.displayName],
  );
}

export async function saveCustomer(sql: Sql, customer: Customer): Promise<void> {
  await sql.query(
    `insert into customers (id, display_name, email, address) values ($1, $2, $3, $4)
     on conflict (id) do update
     set display_name = excluded.display_name, email = excluded.email, address = excluded.address`,
    [customer.id, customer.displayName, customer.email, customer.address],
  );
}

export async function readTariff(sql: Sql, id: string): Promise<Tariff | undefined> {
  return (await readTariffs(sql, [id])).get(id);
}

export async function readTariffs(sql: Sql, ids: readonly string[]): Promise<Map<string, Tariff>> {
  const messages = await readTariffMessages(sql, ids);
  return new Map([...messages].map(([id, message]) => [id, tariffFromProto(message)]));
}

/** Tariffs as their contract has them. */
export async function readTariffMessages(sql: Sql, ids: readonly string[]): Promise<Map<string, ProtoTariff>> {
  const { rows } = await sql.query('select id, body from tariffs where id = any($1)', [[...new Set(ids)]]);
  return new Map(rows.map(({ id, body }) => [id, fromBinary(TariffSchema, body)]));
}

export async function customerExists(sql: Sql, id: string): Promise<boolean> {
  const { rows } = await sql.query('select 1 from customers where id = $1', [id]);
  return rows.length > 0;
}

export async function readPayers(sql: Sql, ids: readonly string[]): Promise<Map<string, Payer>> {
  const { rows } = await sql.query(
    'select id, display_name as "displayName", email, address from customers where id = any($1)',
    [[...new Set(ids)]],
  );
  return new Map(rows.map(({ id, ...payer }) => [id, payer]));
}

/** Names of offerings by id. */
export async function readOfferingNames(sql: Sql, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql.query('select id, display_name from offerings where id = any($1)', [[...new Set(ids)]]);
  return new Map(rows.map(({ id, display_name }) => [id, display_name]));
}
