import grpc, { type ChannelInterface, connectivityState } from '@grpc/grpc-js';

/** Where the services of a package (or one service, or all of them when `services` is empty) answer. */
export interface UpstreamRule {
  services: string;
  /** `host:port` each; any one of them can answer. */
  addresses: string[];
}

/** The services' channels: one an address, opened once and shared by all calls. */
export class Upstreams implements Disposable {
  readonly #channels = new Map<string, ChannelInterface>();
  readonly #rules: UpstreamRule[];
  readonly #byService = new Map<string, ChannelInterface[]>();

  constructor(rules: UpstreamRule[], messageBytes: number) {
    this.#rules = [...rules].sort((a, b) => b.services.length - a.services.length);
    for (const address of new Set(rules.flatMap((rule) => rule.addresses))) {
      const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
        'grpc.max_receive_message_length': messageBytes,
        'grpc.max_send_message_length': messageBytes,
        // A service that is started anew is reached again soon, not after the default's two minutes.
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 2_000,
      });
      this.#channels.set(address, client.getChannel());
    }
  }

  serves(service: string): boolean {
    return this.#channelsOf(service).length > 0;
  }

  /** A channel for a service; undefined where no upstream is configured for it. Prefers one that is connected. */
  channel(service: string): ChannelInterface | undefined {
    const channels = this.#channelsOf(service);
    if (channels.length < 2) return channels[0];
    const states = channels.map((channel) => channel.getConnectivityState(true));
    const ready = states.indexOf(connectivityState.READY);
    if (ready >= 0) return channels[ready];
    const hopeful = states.findIndex((state) => state !== connectivityState.TRANSIENT_FAILURE);
    return channels[Math.max(0, hopeful)];
  }

  /** Starts connecting, so that the first call does not wait for it. */
  connect(): void {
    for (const channel of this.#channels.values()) channel.getConnectivityState(true);
  }

  states(): Record<string, string> {
    return Object.fromEntries(
      [...this.#channels].map(([address, channel]) => [
        address,
        connectivityState[channel.getConnectivityState(false)] ?? 'UNKNOWN',
      ]),
    );
  }

  #channelsOf(service: string): ChannelInterface[] {
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
