import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection that is spoken on byte by byte. */
export interface RawSocket extends Disposable {
  socket: Socket;
  /** What has come so far, a character a byte. */
  received: () => string;
  /** Resolves when the other side is gone. */
  closed: Promise<void>;
}

export async function openSocket(port: number): Promise<RawSocket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  const gone = Promise.withResolvers<void>();
  socket.once('end', () => {
    socket.end();
    gone.resolve();
  });
  socket.once('close', () => gone.resolve());
  return {
    socket,
    received: () => received,
    closed: gone.promise,
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** Sends bytes and answers with all that comes until the other side closes. */
export async function exchangeRaw(port: number, bytes: string): Promise<string> {
  using raw = await openSocket(port);
  raw.socket.write(bytes, 'latin1');
  await raw.closed;
  return raw.received();
}
