import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { edgeVariables } from './src/edge/settings.ts';

describe('configuration', () => {
  test('the mesh: one address a service, and any of them for what they share', () => {
    const config = readConfig({ ORDERING_ADDRESS: 'a:1', RATING_ADDRESS: 'b:2' });
    expect(config).toMatchObject({
      port: 8088,
      host: '127.0.0.1',
      expose: 'annotated',
      edge: { cors: { origins: [] }, gate: { signIn: undefined, perPrincipal: undefined, perAddress: undefined } },
      upstreams: [
        { services: 'jangbu.ordering', addresses: ['a:1'] },
        { services: 'jangbu.rating', addresses: ['b:2'] },
        { services: 'jangbu.common', addresses: ['a:1', 'b:2'] },
      ],
    });
  });

  test('standalone: flags win over the environment', () => {
    const args = ['--descriptors', 'x.binpb', '--upstream', 'h:1', '--upstream', 'p.Service=h:2', '--port', '9'];
    expect(readConfig({ PORT: '8', HOST: '::' }, args)).toMatchObject({
      descriptors: 'x.binpb',
      port: 9,
      host: '::',
      expose: 'all',
      upstreams: [
        { services: '', addresses: ['h:1'] },
        { services: 'p.Service', addresses: ['h:2'] },
      ],
    });
  });

  test('every setting of the edge is a flag as well', () => {
    const flag = (variable: string) => `--${variable.toLowerCase().replaceAll('_', '-')}`;
    const values: Record<string, string> = {
      CORS_ORIGINS: 'http://a',
      PASS_HEADERS: 'x-a,x-b',
      EXPOSE_METADATA: 'x-c',
      COMPRESSION: 'gzip',
      OIDC_ISSUER: 'http://issuer',
      OIDC_JWKS_URL: 'http://issuer/keys',
      OIDC_AUDIENCE: 'all',
      RATE_LIMIT_PER_PRINCIPAL: '100/60',
      RATE_LIMIT_PER_ADDRESS: '10/1',
      TRUSTED_PROXIES: '2',
    };
    const args = edgeVariables.flatMap((variable) => [flag(variable), values[variable] ?? '1024']);
    // 600 is the most for this one.
    args[args.indexOf('--oidc-clock-skew-seconds') + 1] = '60';
    args[args.indexOf('--max-json-depth') + 1] = '50';
    const { edge } = readConfig({}, [...args, '--upstream', 'h:1']);
    expect(edge).toMatchObject({
      cors: { origins: ['http://a'] },
      server: { headers: 1024, headerBytes: 1024, connections: 1024, keepAliveMs: 1024, resetBurst: 1024 },
      requests: { urlBytes: 1024 },
      load: { requests: 1024, streams: 1024, requestsPerConnection: 1024 },
      jsonDepth: 50,
      policy: { compression: { codings: ['gzip'], minBytes: 1024 } },
      gate: {
        signIn: { issuer: 'http://issuer', audience: 'all', clockSkewSeconds: 60 },
        perPrincipal: { count: 100, seconds: 60 },
        perAddress: { count: 10, seconds: 1 },
        trustedProxies: 2,
      },
    });
    expect(edge.policy.passed.has('x-b')).toBe(true);
    expect(edge.policy.passed.has('payment-signature')).toBe(false);
    expect(edge.policy.exposed.has('x-c')).toBe(true);
  });

  test.each([
    [{ UPSTREAMS: 'a:1', PASS_HEADERS: 'x-caller-authorization' }, [], 'PASS_HEADERS names a header that is not'],
    [{ UPSTREAMS: 'a:1', PASS_HEADERS: 'a b' }, [], 'PASS_HEADERS names no header'],
    [{ UPSTREAMS: 'a:1', EXPOSE_METADATA: 'set-cookie' }, [], 'EXPOSE_METADATA names a header that is not'],
    [{ UPSTREAMS: 'a:1', RATE_LIMIT_PER_ADDRESS: '10' }, [], 'RATE_LIMIT_PER_ADDRESS is not count/seconds'],
    [{ UPSTREAMS: 'a:1', RATE_LIMIT_PER_PRINCIPAL: '0/1' }, [], 'RATE_LIMIT_PER_PRINCIPAL is not count/seconds'],
    [{ UPSTREAMS: 'a:1', OIDC_ISSUER: 'http://a' }, [], 'OIDC_JWKS_URL is missing'],
    [{ UPSTREAMS: 'a:1', OIDC_JWKS_URL: 'http://a' }, [], 'OIDC_ISSUER is missing'],
    [{ UPSTREAMS: 'a:1', COMPRESSION: 'zstd' }, [], 'COMPRESSION is not off or some of br, gzip'],
    [{ UPSTREAMS: 'a:1' }, ['--max-json-depth', 'deep'], 'MAX_JSON_DEPTH is not a whole number'],
    [{}, [], 'UPSTREAMS is missing'],
    [{ ORDERING_ADDRESS: 'nowhere' }, [], 'ORDERING_ADDRESS is not host:port'],
    [{ UPSTREAMS: 'a.b=nowhere' }, [], 'UPSTREAMS is not host:port'],
    [{ UPSTREAMS: 'a:1', PORT: '99999' }, [], 'PORT is not'],
    [{ UPSTREAMS: 'a:1' }, ['--colour', 'red'], '--colour'],
  ])('%o %j is refused', (variables, args, reason) => {
    expect(() => readConfig(variables, args)).toThrow(reason);
  });
});
