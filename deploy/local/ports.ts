import { createServer } from 'node:net';

// Below Linux's and above the well-known range: a port that the system hands to outgoing connections could be taken
// while its owner is being restarted.
const lowest = 20_000;
const highest = 32_000;

export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Free loopback ports, none of them in `taken`, one for each name. */
export async function allotPorts(names: string[], taken: number[] = []): Promise<Record<string, number>> {
  const ports: Record<string, number> = {};
  const used = new Set(taken);
  for (const name of names) {
    let port: number;
    do {
      port = lowest + Math.floor(Math.random() * (highest - lowest));
    } while (used.has(port) || !(await isFree(port)));
    used.add(port);
    ports[name] = port;
  }
  return ports;
}

export async function freePort(): Promise<number> {
  const { port } = await allotPorts(['port']);
  if (port === undefined) throw new Error('no free port');
  return port;
}
