import { setImmediate } from 'node:timers/promises';
import type { Recorder } from '../../harness/rollout/recorder.ts';

interface Account {
  readonly id: string;
  readonly balance: { readonly amount: string };
}

interface Shown {
  readonly page?: { readonly balances?: readonly Account[] };
  readonly balance?: Account;
  readonly entry?: { readonly id: string };
  readonly error?: { readonly details?: readonly { readonly reason?: string }[]; readonly message?: string };
}

/** How a stream may end: in order, or by a word that asks its reader to begin again. */
export type Ending = 'in order' | 'SHUTTING_DOWN';

/**
 * Somebody who keeps a page open: whenever the stream ends it is opened again at once. What it shows at the end must be
 * what is true, however often it was opened.
 */
export class PageWatcher {
  readonly endings = new Map<Ending, number>();
  /** By account. */
  readonly balances = new Map<string, string>();
  messages = 0;
  readonly #url: string;
  readonly #token: string;
  readonly #accept: string;
  readonly #recorder: Recorder;
  readonly #leave = new AbortController();
  readonly #watching: Promise<void>;

  constructor(url: string, token: string, accept: string, recorder: Recorder) {
    this.#url = url;
    this.#token = token;
    this.#accept = accept;
    this.#recorder = recorder;
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#leave.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#leave;
    while (!signal.aborted) {
      const opened = await this.#recorder.time('open page stream', () => this.#open(signal));
      if (!opened) {
        await setImmediate();
        continue;
      }
      let ending: Ending = 'in order';
      try {
        for await (const message of messagesOf(opened)) {
          this.messages++;
          if (message.error) ending = endingOf(message.error);
          else this.#show(message);
        }
      } catch (error) {
        if (!signal.aborted) this.#recorder.failures.push(`a page stream was cut: ${error}`);
        continue;
      }
      this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
    }
  }

  async #open(signal: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}`, accept: this.#accept };
    const response = await fetch(this.#url, { headers, signal });
    if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 200)}`);
    return response;
  }

  #show({ page, balance }: Shown): void {
    for (const each of page?.balances ?? []) this.balances.set(each.id, each.balance.amount);
    if (balance) this.balances.set(balance.id, balance.balance.amount);
  }
}

function endingOf({ details, message }: NonNullable<Shown['error']>): Ending {
  const reason = details?.find((detail) => detail.reason !== undefined)?.reason;
  if (reason === 'SHUTTING_DOWN') return reason;
  throw new Error(`${reason} ${message}`);
}

/** NDJSON or Server-Sent Events. */
async function* messagesOf(response: Response): AsyncGenerator<Shown> {
  let open = '';
  let isError = false;
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (open + chunk).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) {
      if (line === 'event: error') isError = true;
      const json = line.replace(/^data: /, '');
      if (!json.startsWith('{')) continue;
      const message = JSON.parse(json);
      yield isError ? { error: message } : message;
    }
  }
}
