import { type Handler, Refusal, readJson, sendJson } from '../provider/http.ts';

/**
 * How the provider behaves, for tests of the other side:
 * `ok` · `fail`: 503 to everything · `decline`: declines what it would have captured · `hang`: no answer to anything, until told otherwise,
 * and no work for those who have gone by then · `lose`: does its work, then breaks the connection · `late`: does its work after `lateMs`, also
 * for those who have gone by then.
 */
export const modes = ['ok', 'fail', 'decline', 'hang', 'lose', 'late'] as const;
export type Mode = (typeof modes)[number];

/** How webhooks go out: so much later, so often, or never. */
export interface WebhookBehaviour {
  delayMs: number;
  copies: number;
  off: boolean;
}

export class Behaviour {
  mode: Mode = 'ok';
  lateMs = 5_000;
  webhooks: WebhookBehaviour = { delayMs: 0, copies: 1, off: false };
  readonly #waiting = new Set<() => void>();

  readonly routes: Record<string, Handler> = {
    'GET /behaviour': (_request, response) => sendJson(response, 200, this.#told()),
    'POST /behaviour': async (request, response) => {
      this.#tell(await readJson(request));
      sendJson(response, 200, this.#told());
    },
  };

  /** Returns at once, or under `hang` when the mode changes. */
  async whileHanging(): Promise<void> {
    if (this.mode === 'hang') await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  release(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #told() {
    const { mode, lateMs, webhooks } = this;
    return { mode, lateMs, webhooks };
  }

  /** Takes all of it or nothing; what is not mentioned stays. */
  #tell({ mode = this.mode, lateMs = this.lateMs, webhooks = {} }: Record<string, unknown>): void {
    const known = modes.find((each) => each === mode);
    if (!known) throw new Refusal(400, 'invalid_request', `mode is none of ${modes.join(', ')}`);
    const late = count('lateMs', lateMs);
    const { delayMs, copies, off } = { ...this.webhooks, ...(webhooks as object) };
    if (typeof off !== 'boolean') throw new Refusal(400, 'invalid_request', 'webhooks.off is not true or false');
    this.webhooks = { delayMs: count('webhooks.delayMs', delayMs), copies: count('webhooks.copies', copies), off };
    this.lateMs = late;
    this.mode = known;
    if (known !== 'hang') this.release();
  }
}

function count(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 600_000) return value;
  throw new Refusal(400, 'invalid_request', `${name} is not a whole number from 0 to 600000`);
}
