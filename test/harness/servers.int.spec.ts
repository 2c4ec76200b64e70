import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase, testNatsUrl } from './database.ts';
import { startPostgres } from './postgres.ts';

test('a fresh database is empty and UTF-8', async () => {
  await using database = await freshDatabase('Harness');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query("select current_setting('server_encoding') as encoding, upper('é') as upper");
  await client.end();
  expect(rows).toEqual([{ encoding: 'UTF8', upper: 'É' }]);
});

test('NATS has JetStream', async () => {
  const nats = await connect({ servers: testNatsUrl() });
  const manager = await jetstreamManager(nats);
  expect((await manager.getAccountInfo()).streams).toBeGreaterThanOrEqual(0);
  await nats.close();
});

test('a killed PostgreSQL comes back on its port with what was committed', async () => {
  await using postgres = await startPostgres();
  const query = async (text: string) => {
    const client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query(text);
    await client.end();
    return rows;
  };
  await query('create table kept as select 42 as answer');
  await postgres.killAndRestart();
  expect(await query('select answer from kept')).toEqual([{ answer: 42 }]);
});
