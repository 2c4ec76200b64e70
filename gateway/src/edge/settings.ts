import type { Environment } from '#shared/config/environment';
import { type CompressionConfig, codings } from './coding.ts';
import type { CorsConfig } from './cors.ts';
import type { TimeoutLimits } from './deadline.ts';
import type { GateConfig, SignInConfig } from './gate.ts';
import type { LoadLimits } from './load.ts';
import { neverExposed, neverPassed, type Policy, policyOf } from './policy.ts';
import type { RateRule } from './rateLimit.ts';
import type { BodyLimits } from './readBody.ts';
import type { RequestLimits } from './requestLimits.ts';
import type { ServerLimits } from './serverLimits.ts';

/** Everything that concerns every request, whatever it asks for. */
export interface EdgeConfig {
  cors: CorsConfig;
  server: ServerLimits;
  requests: RequestLimits;
  load: LoadLimits;
  /** For requests that are not streams; one line of NDJSON or one gRPC-Web message counts as such. */
  body: BodyLimits;
  /** How deep a JSON body may be nested. */
  jsonDepth: number;
  timeouts: TimeoutLimits;
  policy: Policy;
  gate: GateConfig;
}

/** The variables read here, each of which is a flag as well. */
export const edgeVariables = [
  'CORS_ORIGINS',
  'CORS_MAX_AGE_SECONDS',
  'MAX_HEADER_BYTES',
  'MAX_HEADERS',
  'MAX_URL_BYTES',
  'MAX_BODY_BYTES',
  'MAX_JSON_DEPTH',
  'MAX_CONNECTIONS',
  'MAX_REQUESTS_PER_CONNECTION',
  'MAX_CONCURRENT_REQUESTS',
  'MAX_CONCURRENT_STREAMS',
  'HEADERS_TIMEOUT_MS',
  'BODY_IDLE_MS',
  'KEEP_ALIVE_MS',
  'HTTP2_RESET_BURST',
  'HTTP2_RESET_RATE',
  'DEFAULT_TIMEOUT_MS',
  'MAX_TIMEOUT_MS',
  'PASS_HEADERS',
  'EXPOSE_METADATA',
  'COMPRESSION',
  'COMPRESSION_MIN_BYTES',
  'OIDC_ISSUER',
  'OIDC_JWKS_URL',
  'OIDC_AUDIENCE',
  'OIDC_CLOCK_SKEW_SECONDS',
  'RATE_LIMIT_PER_PRINCIPAL',
  'RATE_LIMIT_PER_ADDRESS',
  'RATE_LIMIT_KEYS',
  'TRUSTED_PROXIES',
] as const;

const most = { min: 1 };

export function readEdgeConfig(environment: Environment): EdgeConfig {
  const headerBytes = environment.integer('MAX_HEADER_BYTES', 16 * 1024, { min: 1_024 });
  const headers = environment.integer('MAX_HEADERS', 100, { min: 10, max: 2_000 });
  const requestsPerConnection = environment.integer('MAX_REQUESTS_PER_CONNECTION', 250, most);
  return {
    cors: {
      origins: environment.optional('CORS_ORIGINS') === undefined ? [] : list(environment, 'CORS_ORIGINS', ''),
      maxAgeSeconds: environment.integer('CORS_MAX_AGE_SECONDS', 600),
    },
    server: {
      headerBytes,
      headers,
      headersMs: environment.integer('HEADERS_TIMEOUT_MS', 10_000, most),
      keepAliveMs: environment.integer('KEEP_ALIVE_MS', 65_000, most),
      connections: environment.integer('MAX_CONNECTIONS', 10_000, most),
      requestsPerConnection,
      resetBurst: environment.integer('HTTP2_RESET_BURST', 500, most),
      resetRate: environment.integer('HTTP2_RESET_RATE', 50, most),
    },
    requests: { urlBytes: environment.integer('MAX_URL_BYTES', 8 * 1024, { min: 64 }), headers, headerBytes },
    load: {
      requests: environment.integer('MAX_CONCURRENT_REQUESTS', 10_000, most),
      streams: environment.integer('MAX_CONCURRENT_STREAMS', 5_000, most),
      requestsPerConnection,
    },
    body: {
      bytes: environment.integer('MAX_BODY_BYTES', 4 * 1024 * 1024, most),
      idleMs: environment.integer('BODY_IDLE_MS', 60_000, most),
    },
    jsonDepth: environment.integer('MAX_JSON_DEPTH', 100, { min: 1, max: 1_000 }),
    timeouts: {
      defaultMs: environment.integer('DEFAULT_TIMEOUT_MS', 30_000, most),
      maxMs: environment.integer('MAX_TIMEOUT_MS', 3_600_000, most),
    },
    policy: policyOf(
      names(environment, 'PASS_HEADERS', 'payment-signature', neverPassed),
      names(environment, 'EXPOSE_METADATA', '', neverExposed),
      readCompression(environment),
    ),
    gate: {
      signIn: readSignIn(environment),
      perPrincipal: rateRule(environment, 'RATE_LIMIT_PER_PRINCIPAL'),
      perAddress: rateRule(environment, 'RATE_LIMIT_PER_ADDRESS'),
      rateKeys: environment.integer('RATE_LIMIT_KEYS', 100_000, most),
      trustedProxies: environment.integer('TRUSTED_PROXIES', 0, { max: 20 }),
    },
  };
}

/** Tokens are checked here only where somebody says whose they are. */
function readSignIn(environment: Environment): SignInConfig | undefined {
  const jwksUrl = environment.optional('OIDC_JWKS_URL');
  const issuer = environment.optional('OIDC_ISSUER');
  if (jwksUrl === undefined && issuer === undefined) return undefined;
  return {
    issuer: environment.text('OIDC_ISSUER'),
    audience: environment.text('OIDC_AUDIENCE', 'jangbu'),
    jwksUrl: environment.url('OIDC_JWKS_URL'),
    clockSkewSeconds: environment.integer('OIDC_CLOCK_SKEW_SECONDS', 30, { max: 600 }),
  };
}

function readCompression(environment: Environment): CompressionConfig | undefined {
  const minBytes = environment.integer('COMPRESSION_MIN_BYTES', 1_024);
  const offered = list(environment, 'COMPRESSION', codings.join(',')).filter((name) => name !== 'off');
  const known = codings.filter((coding) => offered.includes(coding));
  if (known.length < offered.length) {
    environment.fault(`COMPRESSION is not off or some of ${codings.join(', ')}: ${offered.join(',')}`);
  }
  return known.length > 0 ? { codings: known, minBytes } : undefined;
}

/** `count/seconds`. */
function rateRule(environment: Environment, name: string): RateRule | undefined {
  const text = environment.optional(name);
  if (text === undefined) return undefined;
  const match = /^(\d{1,9})\/(\d{1,5})$/.exec(text);
  const rule = { count: Number(match?.[1]), seconds: Number(match?.[2]) };
  if (rule.count >= 1 && rule.seconds >= 1 && rule.seconds <= 86_400) return rule;
  environment.fault(`${name} is not count/seconds, such as 100/60 (at most a day): ${text}`);
  return undefined;
}

function names(environment: Environment, name: string, fallback: string, forbidden: RegExp): string[] {
  return list(environment, name, fallback).map((item) => {
    const header = item.toLowerCase();
    if (!/^[a-z0-9_.-]+$/.test(header)) environment.fault(`${name} names no header: ${item}`);
    if (forbidden.test(header)) environment.fault(`${name} names a header that is not to be handed on: ${item}`);
    return header;
  });
}

function list(environment: Environment, name: string, fallback: string): string[] {
  return environment
    .text(name, fallback)
    .split(',')
    .flatMap((item) => item.trim() || []);
}
