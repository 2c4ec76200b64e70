import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sql } from '#shared/database/database';
import { createLogger } from '#shared/telemetry/log';
import { type RunningMetrics, startMetrics } from '#shared/telemetry/metrics';
import { ledgerDifferenceWorker } from './difference.ts';

let metrics: RunningMetrics;
beforeAll(async () => {
  metrics = await startMetrics('billing', { endpoint: undefined, port: 0, host: '127.0.0.1' });
});
afterAll(() => metrics[Symbol.asyncDispose]());

test('MESH-5 a difference is shown by the process that looks, for as long as it does', async () => {
  const answers: (string | Error)[] = ['1', new Error('the database is away'), '0'];
  const sql: Sql = {
    query: async () => {
      const difference = answers.shift();
      if (difference instanceof Error) throw difference;
      return { rows: [{ currency: 'KRW', difference }] as never[], rowCount: 1 };
    },
  };
  const shown = async () => {
    const text = await (await fetch(`http://127.0.0.1:${metrics.port}/metrics`)).text();
    return /^jangbu_ledger_difference\{currency="KRW"\} (.*)$/m.exec(text)?.[1];
  };
  const { run } = ledgerDifferenceWorker(sql, createLogger('billing', 'silent'), 0);
  const first = new AbortController();
  await run(first.signal);
  expect(await shown()).toBe('1');
  await expect(run(first.signal)).rejects.toThrow('away');
  expect(await shown()).toBeUndefined();
  await run(first.signal);
  expect(await shown()).toBe('0');
  first.abort();
  expect(await shown()).toBeUndefined();
});
