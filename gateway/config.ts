import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Environment, readEnvironment } from '#shared/config/environment';
import { serviceNames } from '#shared/config/service';
import type { CorsConfig } from './src/edge/cors.ts';
import type { TimeoutLimits } from './src/edge/deadline.ts';
import type { BodyLimits } from './src/edge/readBody.ts';
import type { UpstreamRule } from './src/upstream/upstreams.ts';

export interface GatewayConfig {
  host: string;
  /** 0 means any free one. */
  port: number;
  /** Path of the descriptor image. */
  descriptors: string;
  upstreams: UpstreamRule[];
  /** Which methods gRPC-Web reaches: those with an HTTP rule, or all of the image. */
  expose: 'annotated' | 'all';
  /** What happens with a query parameter that the method does not have. */
  unknownQuery: 'refuse' | 'ignore';
  cors: CorsConfig;
  /** For requests that are not streams; one line of NDJSON or one gRPC-Web message counts as such. */
  body: BodyLimits;
  /** Largest single message from or to a service, in bytes. */
  messageBytes: number;
  headerBytes: number;
  headersMs: number;
  timeouts: TimeoutLimits;
  /** How long open requests may take after the signal to end, in milliseconds. */
  drainMs: number;
  /** How long the gateway still takes connections while `/readyz` says no already. */
  drainDelayMs: number;
  otlpEndpoint: string | undefined;
  logLevel: string;
}

/** Flags, as the standalone gateway is started with; each stands for the setting beside it. */
const flags = {
  descriptors: 'DESCRIPTORS',
  upstream: 'UPSTREAMS',
  port: 'PORT',
  host: 'HOST',
  expose: 'GATEWAY_EXPOSE',
  'unknown-query': 'UNKNOWN_QUERY_PARAMETERS',
  'cors-origins': 'CORS_ORIGINS',
  'log-level': 'LOG_LEVEL',
} as const;

/** Reads flags and environment; a flag wins. Throws one error that names every fault. */
export function readConfig(variables: NodeJS.ProcessEnv, args: string[] = []): GatewayConfig {
  return readEnvironment({ ...variables, ...flagVariables(args) }, (environment) => {
    const upstreams = readUpstreams(environment);
    return {
      host: environment.text('HOST', '127.0.0.1'),
      port: environment.port('PORT', 8088),
      descriptors: environment.text('DESCRIPTORS', fileURLToPath(new URL('../proto/gen/image.binpb', import.meta.url))),
      upstreams: upstreams.rules,
      expose: environment.oneOf('GATEWAY_EXPOSE', ['annotated', 'all'], upstreams.foreign ? 'all' : 'annotated'),
      unknownQuery: environment.oneOf('UNKNOWN_QUERY_PARAMETERS', ['refuse', 'ignore'], 'refuse'),
      cors: {
        origins: list(environment.optional('CORS_ORIGINS')),
        maxAgeSeconds: environment.integer('CORS_MAX_AGE_SECONDS', 600),
      },
      body: {
        bytes: environment.integer('MAX_BODY_BYTES', 4 * 1024 * 1024, { min: 1 }),
        idleMs: environment.integer('BODY_IDLE_MS', 60_000, { min: 1 }),
      },
      messageBytes: environment.integer('MAX_MESSAGE_BYTES', 64 * 1024 * 1024, { min: 1 }),
      headerBytes: environment.integer('MAX_HEADER_BYTES', 16 * 1024, { min: 1_024 }),
      headersMs: environment.integer('HEADERS_TIMEOUT_MS', 10_000, { min: 1 }),
      timeouts: {
        defaultMs: environment.integer('DEFAULT_TIMEOUT_MS', 30_000, { min: 1 }),
        maxMs: environment.integer('MAX_TIMEOUT_MS', 3_600_000, { min: 1 }),
      },
      drainMs: environment.integer('DRAIN_MS', 10_000, { max: 600_000 }),
      drainDelayMs: environment.integer('DRAIN_DELAY_MS', 0, { max: 600_000 }),
      otlpEndpoint: environment.optional('OTEL_EXPORTER_OTLP_ENDPOINT'),
      logLevel: environment.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'info'),
    };
  });
}

function flagVariables(args: string[]): NodeJS.ProcessEnv {
  const options = Object.fromEntries(
    Object.keys(flags).map((name) => [name, { type: 'string', multiple: true } as const]),
  );
  const { values } = parseArgs({ args, options, strict: true });
  const given = Object.entries(flags).flatMap(([name, variable]) => {
    const value = values[name];
    return Array.isArray(value) ? [[variable, value.join(',')]] : [];
  });
  return Object.fromEntries(given);
}

/** `UPSTREAMS` (any services) or, for the mesh, `<SERVICE>_ADDRESS` each; what the services share can be asked of any of them. */
function readUpstreams(environment: Environment): { rules: UpstreamRule[]; foreign: boolean } {
  const given = list(environment.optional('UPSTREAMS'));
  if (given.length > 0) return { rules: given.map((text) => upstreamRule(environment, text)), foreign: true };
  const rules = serviceNames.flatMap((name) => {
    const variable = `${name.toUpperCase()}_ADDRESS`;
    if (environment.optional(variable) === undefined) return [];
    return [{ services: `jangbu.${name}`, addresses: [environment.address(variable)] }];
  });
  const addresses = rules.flatMap((rule) => rule.addresses);
  if (rules.length === 0) environment.text('UPSTREAMS');
  return { rules: [...rules, { services: 'jangbu.common', addresses }], foreign: false };
}

function upstreamRule(environment: Environment, text: string): UpstreamRule {
  const equals = text.indexOf('=');
  const address = text.slice(equals + 1);
  if (!/^[^\s:]+:\d{1,5}$/.test(address)) environment.address('UPSTREAMS', address);
  return { services: equals < 0 ? '' : text.slice(0, equals), addresses: [address] };
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((item) => item.trim() || []);
}
