import type { Sql, Transaction } from '#shared/database/database';
import type { Content } from '../offering.ts';

export async function insertContent(tx: Transaction, offeringId: string, content: Content): Promise<void> {
  const { author, episode, body, version } = content;
  await tx.query('insert into contents (offering_id, author, episode, body, version) values ($1, $2, $3, $4, $5)', [
    offeringId,
    author,
    episode,
    body,
    version,
  ]);
}

/** Replaces content by a new version. The transaction holds the offering's row. */
export async function updateContent(tx: Transaction, offeringId: string, content: Content): Promise<void> {
  const { author, episode, body, version } = content;
  await tx.query('update contents set author = $2, episode = $3, body = $4, version = $5 where offering_id = $1', [
    offeringId,
    author,
    episode,
    body,
    version,
  ]);
}

/** An offering's content with its body. */
export async function findContent(sql: Sql, offeringId: string): Promise<Content | undefined> {
  const { rows } = await sql.query<Content>(
    'select author, episode, body, version from contents where offering_id = $1',
    [offeringId],
  );
  return rows[0];
}

/** The contents of each of the offerings that have one, without the bodies, which may be large and are not everybody's. */
export async function contentsOf(sql: Sql, offeringIds: string[]): Promise<Map<string, Content>> {
  const { rows } = await sql.query<Omit<Content, 'body'> & { offering_id: string }>(
    'select offering_id, author, episode, version from contents where offering_id = any($1)',
    [offeringIds],
  );
  return new Map(
    rows.map(({ offering_id, author, episode, version }) => [offering_id, { author, episode, body: '', version }]),
  );
}
