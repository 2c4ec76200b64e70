import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freePort } from '../../deploy/local/ports.ts';
import { postgresProgram, postgresUrl } from '../../deploy/local/postgres.ts';
import { freshDatabase, testNatsUrl } from './database.ts';
import { startPostgres } from './postgres.ts';
import { runServer, temporaryFolder } from './server.ts';

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

test("PostgreSQL runs in a folder that only its owner may enter, such as root's home", async () => {
  const closed = await temporaryFolder('closed');
  await chmod(closed, 0o700);
  const port = await freePort();
  const program = await postgresProgram({ dataDir: join(closed, 'data'), port, durable: false });
  await using postgres = await runServer(program, closed, port, postgresUrl(port));
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});
