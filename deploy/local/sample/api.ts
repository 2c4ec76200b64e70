/** An answer of the gateway that says no. */
export class ApiError extends Error {
  readonly status: number;
  /** The stable code from the catalogue, such as `LINE_NOT_FOUND`; empty if the answer carries none. */
  readonly reason: string;

  constructor(method: string, path: string, status: number, reason: string, message: string) {
    super(`${method} ${path}: ${status} ${reason} ${message}`.trim());
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
  }
}

export interface ApiOptions {
  readonly gatewayUrl: string;
  /** A token, or where to get a fresh one. */
  readonly token: string | (() => Promise<string>);
  /** How long calls that may pass on the next attempt are repeated. */
  readonly patienceMs?: number;
}

interface CallOptions {
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

const TRANSIENT = new Set([429, 502, 503, 504]);

/** A client of the public REST API that behaves as clients should: keys on whatever creates something, patience with restarts. */
export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.#json<Answer>('GET', path, {});
  }

  post<Answer>(path: string, body: unknown, idempotencyKey?: string): Promise<Answer> {
    return this.#json<Answer>('POST', path, {
      body,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
  }

  /** Every page of a list. */
  async list<Item>(path: string, field: string): Promise<Item[]> {
    const items: Item[] = [];
    let pageToken = '';
    do {
      const separator = path.includes('?') ? '&' : '?';
      const page = await this.get<Record<string, unknown>>(
        `${path}${separator}pageSize=500${pageToken && `&pageToken=${encodeURIComponent(pageToken)}`}`,
      );
      items.push(...((page[field] as Item[] | undefined) ?? []));
      pageToken = (page.nextPageToken as string | undefined) ?? '';
    } while (pageToken !== '');
    return items;
  }

  /** Sends bytes as they come; never repeated, because the caller has to make them again. */
  async upload<Answer>(path: string, chunks: Iterable<Buffer>, signal?: AbortSignal): Promise<Answer> {
    const response = await fetch(`${this.#options.gatewayUrl}${path}`, {
      method: 'POST',
      headers: { ...(await this.#headers()), 'content-type': 'text/csv' },
      body: ReadableStream.from(chunks),
      duplex: 'half',
      ...(signal === undefined ? {} : { signal }),
    });
    return (await this.#read(response, 'POST', path)) as Answer;
  }

  async #json<Answer>(method: string, path: string, options: CallOptions): Promise<Answer> {
    const deadline = Date.now() + (this.#options.patienceMs ?? 30_000);
    for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
      try {
        const response = await fetch(`${this.#options.gatewayUrl}${path}`, {
          method,
          headers: {
            ...(await this.#headers()),
            ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
          },
          ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        });
        return (await this.#read(response, method, path)) as Answer;
      } catch (error) {
        // Whatever is not an answer of the gateway is a broken connection: it may be restarting.
        const passing = error instanceof ApiError ? TRANSIENT.has(error.status) : options.signal?.aborted !== true;
        // Without a key a second attempt could do the work twice.
        const safe = method === 'GET' || options.idempotencyKey !== undefined;
        if (!passing || !safe || Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  async #headers(): Promise<Record<string, string>> {
    const { token } = this.#options;
    return {
      authorization: `Bearer ${typeof token === 'string' ? token : await token()}`,
    };
  }

  async #read(response: Response, method: string, path: string): Promise<unknown> {
    const text = await response.text();
    if (response.ok) return text === '' ? {} : JSON.parse(text);
    let status: { message?: string; details?: { reason?: string }[] } = {
      message: text.slice(0, 200),
    };
    try {
      status = JSON.parse(text) as typeof status;
    } catch {
      // An answer of something in between, such as a proxy; its text says enough.
    }
    const reason = status.details?.find((detail) => detail.reason !== undefined)?.reason ?? '';
    throw new ApiError(method, path, response.status, reason, status.message ?? '');
  }
}

/** Makes something under an id of its own, unless an earlier, interrupted run has made it. */
export async function unlessTaken(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'ID_TAKEN')) throw error;
  }
}
