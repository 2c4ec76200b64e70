import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';

export interface Http2Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

/** A session of HTTP/2 with prior knowledge. */
export async function openSession(url: string): Promise<ClientHttp2Session & AsyncDisposable> {
  const session = connect(url);
  session.on('error', () => {});
  await once(session, 'remoteSettings');
  return Object.assign(session, {
    [Symbol.asyncDispose]: async () => {
      if (session.destroyed) return;
      const closed = once(session, 'close');
      session.destroy();
      await closed;
    },
  });
}

/** A request and its whole answer. The stream's failure is the promise's. */
export async function ask2(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: Buffer | string,
): Promise<Http2Answer> {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const answered = once(stream, 'response') as Promise<[IncomingHttpHeaders]>;
  const chunks: Buffer[] = [];
  const [[answer]] = await Promise.all([answered, collect(stream, chunks)]);
  const whole = Buffer.concat(chunks);
  return { status: Number(answer[':status']), headers: answer, body: whole, text: whole.toString() };
}

async function collect(stream: AsyncIterable<Buffer>, into: Buffer[]): Promise<void> {
  for await (const chunk of stream) into.push(chunk);
}
