import { type ConsumerMessages, type JsMsg, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { ensureConnected, onDisconnect } from '../events/connection.ts';
import { managerOf } from '../events/streams.ts';
import { ackWaitMs, type Durable, mostUnderWay, readyDurable } from './durable.ts';

/**
 * One unbroken stretch of deliveries from a durable, strictly in the stream's order. Whatever could break the
 * order (a lost connection, a delivery that never arrived, a deleted consumer) ends the session; the
 * next one begins at the first message not confirmed.
 */
export class Session implements AsyncDisposable {
  readonly #waiting: JsMsg[] = [];
  readonly #unconfirmed = new Map<number, JsMsg>();
  readonly #ended = new AbortController();
  #wake = () => {};
  #lastDelivery: number;
  #lastSequence = 0;
  #messages: ConsumerMessages | undefined;
  #stopWatching = () => {};
  readonly #alive: NodeJS.Timeout;
  readonly #outer: AbortSignal;
  readonly #onStop = () => this.#end(new Error('told to stop'));

  private constructor(lastDelivery: number, signal: AbortSignal) {
    this.#lastDelivery = lastDelivery;
    this.#outer = signal;
    signal.addEventListener('abort', this.#onStop);
    // Tells JetStream that what waits for its turn, or for a retry, is not forgotten.
    this.#alive = setInterval(() => {
      for (const message of this.#unconfirmed.values()) message.working();
    }, ackWaitMs / 3).unref();
  }

  static async open(nats: NatsConnection, durable: Durable, signal: AbortSignal): Promise<Session> {
    await ensureConnected(nats);
    const info = await readyDurable(await managerOf(nats), durable);
    const session = new Session(info.delivered.consumer_seq, signal);
    const consumer = await jetstream(nats).consumers.get(durable.stream.name, durable.name);
    session.#messages = await consumer.consume({
      max_messages: mostUnderWay,
      expires: 30_000,
      idle_heartbeat: 5_000,
      abort_on_missing_resource: true,
      callback: (message) => session.#accept(message),
    });
    session.#messages.closed().then((error) => session.#end(error ?? new Error('the subscription was closed')));
    session.#stopWatching = onDisconnect(nats, () => session.#end(new Error('the connection to the broker was lost')));
    return session;
  }

  /** Aborted when the session ends or the signal it was opened with is, with the reason. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** The next messages, at least one and at most `limit`; none when the session is over. */
  async next(limit: number): Promise<JsMsg[]> {
    while (this.#waiting.length === 0 && !this.ended.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.ended.aborted ? [] : this.#waiting.splice(0, limit);
  }

  /** Tells JetStream that messages need not be delivered again. Does not wait: a lost acknowledgement costs a repeat. */
  confirm(messages: JsMsg[]): void {
    for (const message of messages) {
      this.#unconfirmed.delete(message.seq);
      message.ack();
    }
  }

  #accept(message: JsMsg): void {
    if (this.#ended.signal.aborted) return;
    const { deliverySequence, streamSequence } = message.info;
    if (deliverySequence !== this.#lastDelivery + 1) {
      this.#end(new Error(`delivery ${this.#lastDelivery + 1} is missing, ${deliverySequence} came`));
      return;
    }
    this.#lastDelivery = deliverySequence;
    if (streamSequence <= this.#lastSequence) {
      // A repeat: its acknowledgement was lost, or it still waits for its turn here.
      if (!this.#unconfirmed.has(streamSequence)) message.ack();
      return;
    }
    this.#lastSequence = streamSequence;
    this.#unconfirmed.set(streamSequence, message);
    this.#waiting.push(message);
    this.#wake();
  }

  #end(cause: Error): void {
    if (this.#ended.signal.aborted) return;
    clearInterval(this.#alive);
    this.#outer.removeEventListener('abort', this.#onStop);
    this.#ended.abort(cause);
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(new Error('no longer needed'));
    this.#stopWatching();
    await this.#messages?.close();
  }
}
