import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { serviceNames } from '#shared/config/service';
import type { ControlState } from '../../deploy/local/control.ts';
import { startNats } from '../harness/nats.ts';
import { startPostgres } from '../harness/postgres.ts';
import { temporaryFolder } from '../harness/server.ts';
import { sharedMesh } from '../harness/sharedMesh.ts';

const startFile = fileURLToPath(new URL('../../deploy/local/start.ts', import.meta.url));

describe('MESH-6 the supervised mesh', () => {
  it('runs every service as a process of its own', async () => {
    const mesh = sharedMesh();
    const { processes } = (await (
      await fetch(`http://127.0.0.1:${mesh.ports.control}/processes`)
    ).json()) as ControlState;
    const expected = ['postgres', 'nats', 'issuer', 'mailbox', 'sms', 'payments', ...serviceNames, 'gateway'];
    expect(processes.map(({ name }) => name).sort()).toEqual(expected.sort());
    expect(processes.filter(({ state }) => state !== 'ready')).toEqual([]);
    expect(new Set(processes.map(({ pid }) => pid)).size).toBe(expected.length);
  });

  it('brings a killed gateway back on its port', async () => {
    const mesh = sharedMesh();
    await mesh.kill('gateway', 'SIGKILL');
    await mesh.untilReady('gateway');
    const answer = await fetch(`${mesh.gatewayUrl}/v1/customers`, {
      headers: { authorization: `Bearer ${await mesh.token('operator')}` },
    });
    expect(answer.status).toBe(200);
  });
});

describe('MESH-1 npm start', () => {
  it('uses the servers that DATABASE_URL and NATS_URL name, and Ctrl-C leaves nothing behind', async () => {
    await using postgres = await startPostgres();
    await using nats = await startNats();
    const dataDir = await temporaryFolder('start');
    const env = { ...process.env, JANGBU_DATA_DIR: dataDir, PORT: '0', DATABASE_URL: postgres.url, NATS_URL: nats.url };
    const start = spawn(process.execPath, [startFile, '--no-sample'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    start.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await expect.poll(() => output, { timeout: 50_000 }).toContain('Ctrl-C drains');

    const ports = JSON.parse(await readFile(join(dataDir, 'ports.json'), 'utf8')) as { control: number };
    const state = (await (await fetch(`http://127.0.0.1:${ports.control}/processes`)).json()) as ControlState;
    expect(state.processes.map(({ name }) => name)).not.toContain('postgres');
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    const { rowCount } = await client.query("select from pg_database where datname like 'jangbu\\_%'");
    await client.end();
    expect(rowCount).toBe(serviceNames.length);

    start.kill('SIGINT');
    const [code] = await once(start, 'exit');
    expect(code).toBe(0);
    expect(state.processes.filter(({ pid }) => pid !== undefined && isAlive(pid))).toEqual([]);
    await rm(dataDir, { recursive: true, force: true });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
