import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MypageService } from '#proto/mypage/v1/mypage_service';
import { readEnvironment } from '#shared/config/environment';
import { readServiceConfig } from '#shared/config/service';
import { Fault } from '#shared/errors/fault';
import { Clients } from '#shared/rpc/call';
import { type RunningService, type ServiceDefinition, startService } from '#shared/runtime/service';
import { freshDatabase } from '#test/harness/database';
import { startNats } from '#test/harness/nats';
import { HealthClient } from '#test/journeys/health';
import { part } from './serving.ts';

const drainMs = 1_500;
const never = () => new Promise<never>(() => {});

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

async function started(
  parts: Partial<ServiceDefinition<ReturnType<typeof readServiceConfig>>>,
  environment: Record<string, string> = {},
): Promise<RunningService> {
  const [database, nats] = await Promise.all([freshDatabase('drain'), startNats()]);
  stack.use(database);
  stack.use(nats);
  const config = readEnvironment(
    {
      DATABASE_URL: database.url,
      NATS_URL: nats.url,
      OIDC_ISSUER: 'http://127.0.0.1:1',
      OIDC_JWKS_URL: 'http://127.0.0.1:1/jwks',
      LOG_LEVEL: 'silent',
      DRAIN_MS: String(drainMs),
      ...environment,
    },
    readServiceConfig,
  );
  return startService({
    name: 'mypage',
    config,
    migrations: new URL('../../services/mypage/migrations/', import.meta.url),
    rpc: () => [],
    ...parts,
  });
}

describe('MESH-6 a service that comes and goes', () => {
  test('a drain takes no longer than its time, whatever does not end', async () => {
    const asked = Promise.withResolvers<void>();
    const hangs = async () => {
      asked.resolve();
      return never();
    };
    const service = await started({
      rpc: ({ database }) => [part(MypageService, database, { getMypage: hangs })],
      workers: () => [{ name: 'stubborn', everyMs: 1_000, run: never }],
      prepare: async () => ({ [Symbol.asyncDispose]: never }),
      overrides: { authenticate: async () => ({ caller: { subject: 'operator', roles: new Set(['operator']) } }) },
    });
    using clients = new Clients({ mypage: `127.0.0.1:${service.port}` }, async () => undefined);
    const call = clients.get(MypageService).getMypage({ customer: 'somebody' });
    call.catch(() => {
      // Cut, which is awaited below.
    });
    await asked.promise;
    const begun = performance.now();
    await service[Symbol.asyncDispose]();
    const tookMs = performance.now() - begun;
    // Side by side until DRAIN_MS, then two steps of a second each; one after the other it would be 4.5 s.
    expect(tookMs).toBeGreaterThan(drainMs);
    expect(tookMs).toBeLessThan(drainMs + 2_500);
    await expect(call).rejects.toThrow(Fault);
  });

  test('it serves only when its own token is there', async () => {
    const given = Promise.withResolvers<void>();
    const issuer = createServer(async (_request, response) => {
      await given.promise;
      response.setHeader('content-type', 'application/json').end('{"access_token":"own","expires_in":300}');
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    stack.defer(() => {
      issuer.closeAllConnections();
      issuer.close();
    });
    const { port } = issuer.address() as AddressInfo;
    const service = await started(
      {},
      { OIDC_TOKEN_URL: `http://127.0.0.1:${port}/token`, OIDC_CLIENT_ID: 'mypage', OIDC_CLIENT_SECRET: 'secret' },
    );
    stack.use(service);
    using health = new HealthClient(`127.0.0.1:${service.port}`);
    expect(await health.check('')).toBe('NOT_SERVING');
    given.resolve();
    await expect.poll(() => health.check('')).toBe('SERVING');
  });
});
