import { join } from 'node:path';
import type { ServiceName } from '#shared/config/service';
import type { Action } from './control.ts';
import { type Role, requestToken } from './issuer/token.ts';
import { metricsUrls, type Ports, serviceAddresses } from './processes.ts';

/** Where a running mesh is to be found; plain data, so that it can be handed to another process. */
export interface MeshLocation {
  ports: Ports;
  dataDir: string;
  /** The PostgreSQL server, without a database. */
  databaseServer: string;
  natsUrl: string;
}

/** What one does with a running mesh, from the process that started it or from another one. */
export interface MeshHandle extends MeshLocation {
  gatewayUrl: string;
  addresses: Record<ServiceName, string>;
  /** Where each process of ours shows its metrics to Prometheus. */
  metricsUrls: Record<ServiceName | 'gateway', string>;
  issuerUrl: string;
  /** The mailbox's HTTP side. */
  mailboxUrl: string;
  smsUrl: string;
  /** The payment provider. */
  paymentsUrl: string;
  mailsDir: string;
  logsDir: string;
  databaseUrl: (service: ServiceName) => string;
  /** A person's token; `expiresIn` in seconds. */
  token: (role: Role, id?: string, expiresIn?: number) => Promise<string>;
  /** Signals a process behind the supervisor's back; after a deadly signal it is started again. */
  kill: (name: string, signal?: NodeJS.Signals) => Promise<void>;
  untilReady: (name: string) => Promise<void>;
  /** Ends a process in order and starts it again. */
  restart: (name: string) => Promise<void>;
  stopService: (name: string) => Promise<void>;
  startService: (name: string) => Promise<void>;
}

type Perform = (name: string, action: Action, signal?: NodeJS.Signals) => Promise<void>;

export function meshHandle(location: MeshLocation, perform: Perform): MeshHandle {
  const { ports, dataDir, databaseServer } = location;
  const local = (port: number) => `http://127.0.0.1:${port}`;
  return {
    ...location,
    gatewayUrl: local(ports.gateway),
    addresses: serviceAddresses(ports),
    metricsUrls: metricsUrls(ports),
    issuerUrl: local(ports.issuer),
    mailboxUrl: local(ports.mailbox),
    smsUrl: local(ports.sms),
    paymentsUrl: local(ports.payments),
    mailsDir: join(dataDir, 'mails'),
    logsDir: join(dataDir, 'logs'),
    databaseUrl: (service) => serviceDatabaseUrl(databaseServer, service),
    token: (role, id, expiresIn) => requestToken(local(ports.issuer), { role, id, expiresIn }),
    kill: (name, signal) => perform(name, 'kill', signal),
    untilReady: (name) => perform(name, 'untilReady'),
    restart: (name) => perform(name, 'restart'),
    stopService: (name) => perform(name, 'stop'),
    startService: (name) => perform(name, 'start'),
  };
}

/** Each service owns the database of its name. */
export function serviceDatabaseUrl(server: string, service: ServiceName): string {
  const url = new URL(server);
  url.pathname = `/${serviceDatabase(service)}`;
  return url.href;
}

export function serviceDatabase(service: ServiceName): string {
  return `jangbu_${service}`;
}

/** A mesh that another process runs. */
export function connectMesh(location: MeshLocation): MeshHandle {
  return meshHandle(location, async (name, action, signal = 'SIGKILL') => {
    const url = `http://127.0.0.1:${location.ports.control}/processes/${name}:${action}?signal=${signal}`;
    const response = await fetch(url, { method: 'POST' });
    if (!response.ok) throw new Error(`${action} ${name}: ${await response.text()}`);
  });
}
