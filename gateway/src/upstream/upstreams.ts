import { Channel } from './channel.ts';

/** Where the services of a package (or one service, or all of them when `services` is empty) answer. */
export interface UpstreamRule {
  services: string;
  /** `host:port` each; any one of them can answer. */
  addresses: string[];
}

/** The services' channels: one an address, shared by all calls. */
export class Upstreams implements Disposable {
  readonly #channels = new Map<string, Channel>();
  readonly #rules: UpstreamRule[];
  readonly #byService = new Map<string, Channel[]>();

  constructor(rules: UpstreamRule[], messageBytes: number) {
    this.#rules = [...rules].sort((a, b) => b.services.length - a.services.length);
    for (const address of new Set(rules.flatMap((rule) => rule.addresses))) {
      this.#channels.set(address, new Channel(address, messageBytes));
    }
  }

  serves(service: string): boolean {
    return this.#channelsOf(service).length > 0;
  }

  /** A channel for a service; undefined where no upstream is configured for it. Prefers one that is connected. */
  channel(service: string): Channel | undefined {
    const channels = this.#channelsOf(service);
    if (channels.length < 2) return channels[0];
    const hopeful = channels.find(({ state }) => state === 'READY');
    return hopeful ?? channels.find(({ state }) => state !== 'TRANSIENT_FAILURE') ?? channels[0];
  }

  /** Starts connecting, so that the first call does not wait for it. */
  connect(): void {
    for (const channel of this.#channels.values()) channel.connect();
  }

  states(): Record<string, string> {
    return Object.fromEntries([...this.#channels].map(([address, { state }]) => [address, state]));
  }

  #channelsOf(service: string): Channel[] {
    const known = this.#byService.get(service);
    if (known) return known;
    const rule = this.#rules.find(
      ({ services }) => services === '' || services === service || service.startsWith(`${services}.`),
    );
    const channels = (rule?.addresses ?? []).flatMap((address) => this.#channels.get(address) ?? []);
    this.#byService.set(service, channels);
    return channels;
  }

  [Symbol.dispose](): void {
    for (const channel of this.#channels.values()) channel.close();
  }
}
