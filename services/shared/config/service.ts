import { readSampling, type Sampling } from '../telemetry/sampling.ts';
import type { Environment } from './environment.ts';

/** The services of the mesh, by the name that is also their proto package's. */
export const serviceNames = ['ordering', 'rating', 'billing', 'settlement', 'notification', 'mypage'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What every service reads from its environment. */
export interface ServiceConfig {
  host: string;
  /** gRPC port; 0 means any free one. */
  port: number;
  databaseUrl: string;
  natsUrl: string;
  /** How many of the broker's servers keep each stream: 1, or 3 where there are as many. */
  natsReplicas: number;
  /** Most connections the service holds to its database for its ordinary work. */
  databaseConnections: number;
  oidc: OidcConfig;
  /** Where the other services answer; undefined for one this deployment does not name. */
  addresses: Partial<Record<ServiceName, string>>;
  /** OTLP/HTTP endpoint for traces and metrics; undefined switches the export off. */
  otlpEndpoint: string | undefined;
  sampling: Sampling;
  /** Port of `GET /metrics`; 0 means any free one, undefined none. */
  metricsPort: number | undefined;
  logLevel: string;
  /** IANA zone in which months begin and end. */
  timeZone: string;
  /** How long a drain may take before calls are cut, in milliseconds. */
  drainMs: number;
}

export interface OidcConfig {
  issuer: string;
  audience: string;
  jwksUrl: string;
  /** Where the service gets its own token (client credentials); undefined for a service that calls nobody. */
  tokenUrl: string | undefined;
  clientId: string | undefined;
  clientSecret: string | undefined;
}

export function readServiceConfig(environment: Environment): ServiceConfig {
  return {
    host: environment.text('HOST', '127.0.0.1'),
    port: environment.port('PORT', 0),
    databaseUrl: environment.url('DATABASE_URL'),
    natsUrl: environment.url('NATS_URL'),
    natsReplicas: environment.integer('NATS_REPLICAS', 1, { min: 1, max: 5 }),
    // A month's close reads its records, usage and lines over three at once, and would wait for itself with fewer.
    databaseConnections: environment.integer('DATABASE_CONNECTIONS', 10, {
      min: 4,
      max: 200,
    }),
    oidc: {
      issuer: environment.text('OIDC_ISSUER'),
      audience: environment.text('OIDC_AUDIENCE', 'jangbu'),
      jwksUrl: environment.url('OIDC_JWKS_URL'),
      tokenUrl: environment.optional('OIDC_TOKEN_URL'),
      clientId: environment.optional('OIDC_CLIENT_ID'),
      clientSecret: environment.optional('OIDC_CLIENT_SECRET'),
    },
    addresses: Object.fromEntries(
      serviceNames.map((name) => [name, environment.optional(`${name.toUpperCase()}_ADDRESS`)]),
    ),
    otlpEndpoint: environment.optional('OTEL_EXPORTER_OTLP_ENDPOINT'),
    sampling: readSampling(environment),
    metricsPort: environment.optionalPort('METRICS_PORT'),
    logLevel: environment.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'info'),
    timeZone: environment.timeZone('BUSINESS_TIME_ZONE', 'Asia/Seoul'),
    drainMs: environment.integer('DRAIN_MS', 10_000, { max: 600_000 }),
  };
}
