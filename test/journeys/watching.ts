import type { World } from './world.ts';

/** Messages of a server stream over REST, one after the other. */
export interface Watching extends AsyncDisposable {
  readonly status: number;
  readonly contentType: string;
  /** The next message; undefined when the stream has ended in order. */
  next(): Promise<Record<string, unknown> | undefined>;
  /** Goes on until a message has the field; answers what is in it. */
  until<Content>(field: string, matches?: (content: Content) => boolean): Promise<Content>;
}

/** Watches by NDJSON, or by Server-Sent Events when `accept` says so. */
export async function watch(world: World, token: string, path: string, accept?: string): Promise<Watching> {
  const leave = new AbortController();
  const response = await fetch(`${world.gatewayUrl}${path}`, {
    headers: { authorization: `Bearer ${token}`, ...(accept === undefined ? {} : { accept }) },
    signal: leave.signal,
  });
  const lines = linesOf(response);
  const next = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) return undefined;
      const json = value.replace(/^data: /, '');
      if (json !== '') return JSON.parse(json) as Record<string, unknown>;
    }
  };
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    next,
    async until<Content>(field: string, matches: (content: Content) => boolean = () => true) {
      for (;;) {
        const message = await next();
        if (message === undefined) throw new Error(`the stream has ended before ${field} came`);
        const content = message[field] as Content | undefined;
        if (content !== undefined && matches(content)) return content;
      }
    },
    [Symbol.asyncDispose]: async () => leave.abort(),
  };
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  let open = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (open + chunk).split('\n');
    open = lines.pop() ?? '';
    yield* lines;
  }
  if (open !== '') yield open;
}
