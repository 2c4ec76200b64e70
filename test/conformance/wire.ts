import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A stretch of network between a client and its server that can be cut: what is under way then is lost. */
export interface Wire extends AsyncDisposable {
  url: string;
  cut: () => void;
  /** Cuts once so many more bytes have come from the server, wherever in a message that is. */
  cutAfter: (bytes: number) => Promise<void>;
}

export async function wireTo(url: string): Promise<Wire> {
  const { hostname, port, protocol } = new URL(url);
  const sockets = new Set<Socket>();
  let planned: { bytes: number; done: () => void } | undefined;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
    far.on('data', ({ length }) => {
      if (!planned) return;
      planned.bytes -= length;
      if (planned.bytes > 0) return;
      const { done } = planned;
      planned = undefined;
      cut();
      done();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    cutAfter: (bytes) =>
      new Promise((done) => {
        planned = { bytes, done };
      }),
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
