import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Environment, readEnvironment } from '#shared/config/environment';
import { serviceNames } from '#shared/config/service';
import { readSampling, type Sampling, samplingVariables } from '#shared/telemetry/sampling';
import { type EdgeConfig, edgeVariables, readEdgeConfig } from './src/edge/settings.ts';
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
  /** Whether the contract is shown at `/openapi.json` and `/docs`. */
  openApi: boolean;
  edge: EdgeConfig;
  grpcWeb: {
    /** Nothing of this gateway is added to a call: no deadline of its own, no details of its catalogue in errors. */
    transparent: boolean;
    /** Largest message of a request. */
    messageBytes: number;
  };
  /** Largest single message from or to a service, in bytes. */
  messageBytes: number;
  /** How long open requests may take after the signal to end, in milliseconds. */
  drainMs: number;
  /** How long the gateway still takes connections while `/readyz` says no already. */
  drainDelayMs: number;
  otlpEndpoint: string | undefined;
  sampling: Sampling;
  /** Port of `GET /metrics`; 0 means any free one, undefined none. */
  metricsPort: number | undefined;
  logLevel: string;
}

/** Flags, as the standalone gateway is started with; each stands for the setting beside it. The others are named like theirs. */
const flags: Record<string, string> = {
  ...Object.fromEntries(
    [
      ...edgeVariables,
      'GRPC_WEB_MODE',
      'MAX_MESSAGE_BYTES',
      'DRAIN_MS',
      'DRAIN_DELAY_MS',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      ...samplingVariables,
      'METRICS_PORT',
    ].map((variable) => [variable.toLowerCase().replaceAll('_', '-'), variable]),
  ),
  descriptors: 'DESCRIPTORS',
  upstream: 'UPSTREAMS',
  port: 'PORT',
  host: 'HOST',
  expose: 'GATEWAY_EXPOSE',
  'unknown-query': 'UNKNOWN_QUERY_PARAMETERS',
  openapi: 'OPENAPI',
  'log-level': 'LOG_LEVEL',
};

/** Reads flags and environment; a flag wins. Throws one error that names every fault. */
export function readConfig(variables: NodeJS.ProcessEnv, args: string[] = []): GatewayConfig {
  // Above the variables and not among copies of them, so that whoever hands them in sees which ones are read.
  const all: NodeJS.ProcessEnv = Object.assign(Object.create(variables), flagVariables(args));
  return readEnvironment(all, (environment) => {
    const upstreams = readUpstreams(environment);
    const edge = readEdgeConfig(environment);
    const messageBytes = environment.integer('MAX_MESSAGE_BYTES', 64 * 1024 * 1024, { min: 1 });
    const mode = environment.oneOf(
      'GRPC_WEB_MODE',
      ['mesh', 'transparent'],
      upstreams.foreign ? 'transparent' : 'mesh',
    );
    const transparent = mode === 'transparent';
    const limited = !transparent || environment.optional('MAX_BODY_BYTES') !== undefined;
    return {
      host: environment.text('HOST', '127.0.0.1'),
      port: environment.port('PORT', 8088),
      descriptors: environment.text('DESCRIPTORS', fileURLToPath(new URL('../proto/gen/image.binpb', import.meta.url))),
      upstreams: upstreams.rules,
      expose: environment.oneOf('GATEWAY_EXPOSE', ['annotated', 'all'], upstreams.foreign ? 'all' : 'annotated'),
      openApi: environment.oneOf('OPENAPI', ['on', 'off'], 'on') === 'on',
      unknownQuery: environment.oneOf('UNKNOWN_QUERY_PARAMETERS', ['refuse', 'ignore'], 'refuse'),
      edge,
      grpcWeb: { transparent, messageBytes: limited ? edge.body.bytes : messageBytes },
      messageBytes,
      drainMs: environment.integer('DRAIN_MS', 10_000, { max: 600_000 }),
      drainDelayMs: environment.integer('DRAIN_DELAY_MS', 0, { max: 600_000 }),
      otlpEndpoint: environment.optional('OTEL_EXPORTER_OTLP_ENDPOINT'),
      sampling: readSampling(environment),
      metricsPort: environment.optionalPort('METRICS_PORT'),
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
