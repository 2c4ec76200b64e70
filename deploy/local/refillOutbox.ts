import pg from 'pg';

/**
 * Has a service publish all its events again, for a JetStream store that was lost: PostgreSQL is their record.
 * Whoever has handled an event already knows its id and drops the repetition. Returns how many there are.
 */
export async function refillFromOutbox(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // Rejects with the cause; an `error` event besides would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ known: boolean }>("select to_regclass('outbox') is not null as known");
    if (!rows[0]?.known) return 0;
    // One statement, one transaction: a relay sees either none or all of it, and publishes by position.
    const { rowCount } = await client.query('update outbox set published_at = null where published_at is not null');
    await client.query("select pg_notify('outbox', '')");
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}
