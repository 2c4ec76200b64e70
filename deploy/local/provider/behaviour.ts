import type { Handler } from './http.ts';
import { Refusal, readJson, sendJson } from './http.ts';

/**
 * How a stand-in behaves, for tests of the other side:
 * `ok` · `fail`: an error that may pass · `refuse`: an error that stays · `hang`: no answer · `lose`: does its work, then breaks the connection.
 */
export const modes = ['ok', 'fail', 'refuse', 'hang', 'lose'] as const;
export type Mode = (typeof modes)[number];

export class Behaviour {
  mode: Mode = 'ok';
  #waiting = new Set<() => void>();

  readonly routes: Record<string, Handler> = {
    'GET /behaviour': (_request, response) => sendJson(response, 200, { mode: this.mode }),
    'POST /behaviour': async (request, response) => {
      const { mode } = await readJson(request);
      const known = modes.find((each) => each === mode);
      if (!known) throw new Refusal(400, 'invalid_request', `mode is none of ${modes.join(', ')}`);
      this.mode = known;
      if (known !== 'hang') this.release();
      sendJson(response, 200, { mode: known });
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
}
