import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { inject } from 'vitest';
import { type ServiceName, serviceNames } from '#shared/config/service';
import type { ControlState } from '../../deploy/local/control.ts';
import type { MeshHandle } from '../../deploy/local/handle.ts';
import { readAttachments } from '../../deploy/local/mailbox/mail.ts';
import type { StoredMail } from '../../deploy/local/mailbox/store.ts';
import { Api } from '../../deploy/local/sample/api.ts';
import type { Measurement, Span } from '../harness/otlp.ts';
import { sharedMesh } from '../harness/sharedMesh.ts';
import { HealthClient } from './health.ts';

export const SERVICES: readonly ServiceName[] = serviceNames;

export interface Mail extends StoredMail {
  readonly raw: string;
  readonly contents: ReturnType<typeof readAttachments>;
}

/** The running mesh as a test sees it: through the gateway, and with a hand on its processes. */
export class World {
  readonly mesh: MeshHandle;
  readonly operator: Api;
  readonly #otlpUrl: string;
  readonly #tokens = new Map<string, Promise<string>>();

  constructor(mesh: MeshHandle, otlpUrl: string) {
    this.mesh = mesh;
    this.#otlpUrl = otlpUrl;
    this.operator = new Api({ gatewayUrl: this.gatewayUrl, token: () => this.token('operator') });
  }

  get gatewayUrl(): string {
    return this.mesh.gatewayUrl;
  }

  get natsUrl(): string {
    return this.mesh.natsUrl;
  }

  async customer(customerId: string): Promise<Api> {
    return new Api({ gatewayUrl: this.gatewayUrl, token: await this.token('customer', customerId) });
  }

  token(role: 'operator' | 'customer' | 'driver', id = ''): Promise<string> {
    const key = `${role} ${id}`;
    const known = this.#tokens.get(key);
    if (known !== undefined) return known;
    const token = this.mesh.token(role, id || undefined);
    this.#tokens.set(key, token);
    return token;
  }

  expiredToken(): Promise<string> {
    // Well past the leeway that clocks are given.
    return this.mesh.token('operator', undefined, -3600);
  }

  /** Says the right things, signed by somebody else. */
  forgedToken(): Promise<string> {
    return new SignJWT({ roles: ['operator'] })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('operator:mallory')
      .setIssuer(this.mesh.issuerUrl)
      .setAudience('jangbu')
      .setExpirationTime('1h')
      .sign(Buffer.alloc(32, 'k'));
  }

  async pid(name: string): Promise<number | undefined> {
    const response = await fetch(`http://127.0.0.1:${this.mesh.ports.control}/processes`);
    const { processes } = (await response.json()) as ControlState;
    return processes.find((each) => each.name === name)?.pid;
  }

  async spansOf(traceId: string): Promise<Span[]> {
    return (await (await fetch(`${this.#otlpUrl}/spans/${traceId}`)).json()) as Span[];
  }

  /** Those of the texts that occur in any trace or metric that was exported so far. */
  async foundInTelemetry(texts: readonly string[]): Promise<string[]> {
    const response = await fetch(`${this.#otlpUrl}/found`, { method: 'POST', body: JSON.stringify(texts) });
    return (await response.json()) as string[];
  }

  /** What a process shows to Prometheus. */
  async metricsOf(name: ServiceName | 'gateway'): Promise<string> {
    const response = await fetch(this.mesh.metricsUrls[name]);
    return response.text();
  }

  /** The last value of a metric with this attribute value, such as a breaker's name. */
  async metricOf(name: string, attribute: string): Promise<Measurement | undefined> {
    const values = (await (await fetch(`${this.#otlpUrl}/metrics/${name}`)).json()) as Measurement[];
    return values.find(({ attributes }) => Object.values(attributes).includes(attribute));
  }

  /** What a service's health says of a breaker of its. */
  async circuit(service: ServiceName, name: string): Promise<string> {
    using health = new HealthClient(this.mesh.addresses[service]);
    return await health.check(`circuit/${name}`);
  }

  /** Tells the payment provider how to behave. */
  async provider(behaviour: object): Promise<void> {
    const response = await fetch(`${this.mesh.paymentsUrl}/behaviour`, {
      method: 'POST',
      body: JSON.stringify(behaviour),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** What the provider has really captured for these payments, one amount each capture. */
  async chargesOf(payments: readonly { id: string }[]): Promise<string[]> {
    const charges = await Promise.all(
      payments.map(async ({ id }) => {
        const response = await fetch(`${this.mesh.paymentsUrl}/v1/payments?idempotency_key=${id}`);
        const { payments: found } = (await response.json()) as { payments: { amount: string; status: string }[] };
        return found.filter(({ status }) => status === 'captured').map(({ amount }) => String(amount));
      }),
    );
    return charges.flat();
  }

  async mailsTo(address: string): Promise<Mail[]> {
    const response = await fetch(`${this.mesh.mailboxUrl}/mails?to=${encodeURIComponent(address)}`);
    const { mails } = (await response.json()) as { mails: StoredMail[] };
    return Promise.all(
      mails.map(async (mail) => {
        const raw = await readFile(join(this.mesh.mailsDir, mail.file), 'latin1');
        return { ...mail, raw, contents: readAttachments(raw) };
      }),
    );
  }

  async textMessagesTo(phone: string): Promise<{ to: string; text: string }[]> {
    const response = await fetch(`${this.mesh.smsUrl}/messages?to=${encodeURIComponent(phone)}`);
    return ((await response.json()) as { messages: { to: string; text: string }[] }).messages;
  }
}

/** The mesh that the global setup has started. */
export function theWorld(): World {
  return new World(sharedMesh(), inject('otlpUrl'));
}
