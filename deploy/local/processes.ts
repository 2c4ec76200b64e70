import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServiceName, serviceNames } from '#shared/config/service';
import { isReadyMessage, type Program } from './program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Everything that takes a port. */
const foreignPorts = ['postgres', 'nats', 'issuer', 'mailbox', 'smtp', 'sms', 'payments'] as const;
const measured = [...serviceNames, 'gateway'] as const;
/** The port of a process's `GET /metrics`. */
export const metricsPortName = (name: (typeof measured)[number]) => `${name}Metrics` as const;
export const portNames = [...foreignPorts, 'control', ...serviceNames, ...measured.map(metricsPortName)] as const;
export type PortName = (typeof portNames)[number];
export type Ports = Record<PortName, number> & { gateway: number };

export interface MeshSettings {
  dataDir: string;
  ports: Ports;
  databaseUrl: (service: ServiceName) => string;
  natsUrl: string;
  /** Client id → secret, for the services' own tokens. */
  secrets: Record<ServiceName, string>;
  /** Further environment for one process, or under `all` for each. */
  env: Partial<Record<string, Record<string, string>>>;
}

export const serviceFile = (name: ServiceName) => join(root, 'services', name, 'main.ts');

/** The services whose code is there. */
export function presentServices(): ServiceName[] {
  return serviceNames.filter((name) => existsSync(serviceFile(name)));
}

/** The stand-ins of foreign systems: who issues tokens, takes mails, sends text messages and takes payments. */
export function providerPrograms({ dataDir, ports, secrets, env }: MeshSettings): Program[] {
  const clients = Object.entries(secrets).map(([name, secret]) => `${name}:${secret}`);
  const program = (name: string, folder: string, port: number, more: Record<string, string>) => ({
    ...node(name, join(root, 'deploy/local', folder, 'main.ts'), 1),
    env: { ...baseEnvironment(dataDir), ...env.all, PORT: String(port), ...more, ...env[name] },
  });
  return [
    program('issuer', 'issuer', ports.issuer, { DATA_DIR: join(dataDir, 'issuer'), OIDC_CLIENTS: clients.join(',') }),
    program('mailbox', 'mailbox', ports.mailbox, { DATA_DIR: join(dataDir, 'mails'), SMTP_PORT: String(ports.smtp) }),
    program('sms', 'sms-provider', ports.sms, { DATA_DIR: join(dataDir, 'sms') }),
    program('payments', 'payment-provider', ports.payments, {
      DATA_DIR: join(dataDir, 'payments'),
      PROVIDER_KEY: sharedWithProvider(secrets, 'key'),
      WEBHOOK_URL: `http://127.0.0.1:${ports.gateway}/v1/paymentWebhooks`,
      WEBHOOK_SECRET: sharedWithProvider(secrets, 'webhooks'),
    }),
  ];
}

export function servicePrograms(settings: MeshSettings, names: ServiceName[]): Program[] {
  const { ports, env } = settings;
  return names.map((name) => ({
    ...node(name, serviceFile(name), 2),
    env: {
      ...sharedEnvironment(settings),
      PORT: String(ports[name]),
      METRICS_PORT: String(ports[metricsPortName(name)]),
      DATABASE_URL: settings.databaseUrl(name),
      NATS_URL: settings.natsUrl,
      OIDC_CLIENT_ID: name,
      OIDC_CLIENT_SECRET: settings.secrets[name],
      SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
      SMS_PROVIDER_URL: `http://127.0.0.1:${ports.sms}`,
      ...(name === 'billing' && paymentEnvironment(settings)),
      ...(name === 'rating' && { USAGE_DROP_DIR: process.env.USAGE_DROP_DIR ?? join(settings.dataDir, 'drop') }),
      ...env[name],
    },
  }));
}

function paymentEnvironment({ ports, secrets }: MeshSettings): Record<string, string> {
  return {
    PAYMENT_PROVIDER_URL: `http://127.0.0.1:${ports.payments}`,
    PAYMENT_PROVIDER_KEY: sharedWithProvider(secrets, 'key'),
    PAYMENT_WEBHOOK_SECRET: sharedWithProvider(secrets, 'webhooks'),
  };
}

/** What billing and the payment provider both know. Made of billing's secret, so that a data folder from before has it, too. */
function sharedWithProvider({ billing }: MeshSettings['secrets'], purpose: string): string {
  return createHmac('sha256', billing).update(`payment provider: ${purpose}`).digest('base64url');
}

export function gatewayProgram(settings: MeshSettings): Program {
  const { ports, env } = settings;
  return {
    ...node('gateway', join(root, 'gateway/main.ts'), 3),
    env: {
      ...sharedEnvironment(settings),
      PORT: String(ports.gateway),
      METRICS_PORT: String(ports.gatewayMetrics),
      ...env.gateway,
    },
  };
}

function sharedEnvironment({ dataDir, ports, env }: MeshSettings): Record<string, string> {
  const issuer = `http://127.0.0.1:${ports.issuer}`;
  return {
    ...baseEnvironment(dataDir),
    OIDC_ISSUER: issuer,
    OIDC_JWKS_URL: `${issuer}/jwks`,
    OIDC_TOKEN_URL: `${issuer}/token`,
    OIDC_AUDIENCE: 'jangbu',
    ...Object.fromEntries(
      Object.entries(serviceAddresses(ports)).map(([name, address]) => [`${name.toUpperCase()}_ADDRESS`, address]),
    ),
    ...env.all,
  };
}

export function serviceAddresses(ports: Ports): Record<ServiceName, string> {
  return Object.fromEntries(serviceNames.map((name) => [name, `127.0.0.1:${ports[name]}`])) as Record<
    ServiceName,
    string
  >;
}

export function metricsUrls(ports: Ports): Record<(typeof measured)[number], string> {
  return Object.fromEntries(
    measured.map((name) => [name, `http://127.0.0.1:${ports[metricsPortName(name)]}/metrics`]),
  ) as Record<(typeof measured)[number], string>;
}

function baseEnvironment(dataDir: string): Record<string, string> {
  return { HOST: '127.0.0.1', NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(dataDir, 'cache') };
}

function node(name: string, file: string, stage: number): Program {
  return {
    name,
    file: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', file],
    isReadyLine: isReadyMessage,
    readyLimitMs: 60_000,
    stopSignal: 'SIGTERM',
    stopLimitMs: 15_000,
    stage,
  };
}
