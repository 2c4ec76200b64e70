import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { medianRun, type Run, runLoad } from './load.ts';
import { noteImage } from './noteImage.ts';
import { direct, grpcWeb, rest, type Way } from './ways.ts';

export interface GatewayOptions {
  clients: number;
  /** How long each of the measurements takes. */
  seconds: number;
  rounds: number;
  /** How long memory is watched under load; 0 leaves that out. */
  soakSeconds: number;
}

const streamed = 1_000;

/**
 * Small calls a second through the gateway, as gRPC-Web and as REST, against grpc-js straight to the same backend; the ways take turns, so that
 * whatever else the machine does meets all of them. Then streams of a thousand messages, and memory under load.
 */
export async function gatewayBenchmark({ clients, seconds, rounds, soakSeconds }: GatewayOptions): Promise<boolean> {
  using image = noteImage();
  await using backend = await start('./noteServer.ts', [], {});
  const address = `127.0.0.1:${backend.port}`;
  const flags = ['--descriptors', image.path, '--upstream', address, '--port', '0'];
  await using gateway = await start('../../../gateway/main.ts', flags, {});
  const url = `http://127.0.0.1:${gateway.port}`;
  await using straight = direct(address);
  await using web = grpcWeb(url, clients);
  await using plain = rest(url, clients);
  const ways = [straight, web, plain];

  console.log(`Small calls, ${clients} clients, median of ${rounds} rounds of ${seconds} s each\n`);
  // Once without being counted: code gets compiled, connections are made.
  for (const way of ways) await runLoad(way.call, clients, Math.min(seconds, 3));
  print('calls', await measure(ways, rounds, (way) => runLoad(way.call, clients, seconds)));

  const readers = Math.min(8, clients);
  console.log(`\nStreams of ${streamed} messages, ${readers} readers; messages a second, times of whole streams\n`);
  const stream = (way: Way) => async () => void (await way.stream(streamed));
  for (const way of ways) await runLoad(stream(way), readers, 1);
  const streams = await measure(ways, rounds, (way) => runLoad(stream(way), readers, seconds));
  print(
    'messages',
    streams.map(({ way, run }) => ({ way, run: { ...run, perSecond: run.perSecond * streamed } })),
  );

  return soakSeconds === 0 || (await soak(gateway, [web, plain], clients, soakSeconds));
}

interface Measured {
  way: Way;
  run: Run;
}

async function measure(ways: readonly Way[], rounds: number, run: (way: Way) => Promise<Run>): Promise<Measured[]> {
  const runs = new Map(ways.map((way) => [way, [] as Run[]]));
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) runs.get(way)?.push(await run(way));
  }
  return [...runs].map(([way, all]) => ({ way, run: medianRun(all) }));
}

function print(what: string, measured: readonly Measured[]): void {
  const [first] = measured;
  console.log(`                       ${what.padStart(8)}/s    ratio     p50 ms     p99 ms   p99 ratio`);
  for (const { way, run } of measured) {
    const columns = [
      run.perSecond.toFixed(0).padStart(10),
      (run.perSecond / (first?.run.perSecond ?? 1)).toFixed(2).padStart(7),
      run.p50.toFixed(2).padStart(9),
      run.p99.toFixed(2).padStart(9),
      (run.p99 / (first?.run.p99 ?? 1)).toFixed(2).padStart(10),
    ];
    console.log(`${way.name.padEnd(20)} ${columns.join('  ')}`);
  }
}

/** Memory under load: it may not grow by more than a tenth from the first third of the time to the last. */
async function soak(gateway: Started, ways: readonly Way[], clients: number, seconds: number): Promise<boolean> {
  const samples: number[] = [];
  const meter = setInterval(() => samples.push(gateway.rssBytes()), 1_000);
  const share = Math.ceil(clients / ways.length);
  await Promise.all(ways.map((way) => runLoad(way.call, share, seconds)));
  clearInterval(meter);
  const third = Math.ceil(samples.length / 3);
  const median = (part: number[]) => part.sort((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0;
  const [before, behind] = [median(samples.slice(0, third)), median(samples.slice(-third))];
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  console.log(
    `\nMemory over ${seconds} s of load: ${mib(before)} MiB in the first third, ${mib(behind)} MiB in the last`,
  );
  return behind < before * 1.1;
}

interface Started extends AsyncDisposable {
  port: number;
  rssBytes: () => number;
}

async function start(file: string, args: string[], env: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${file} ended before it was ready`)));
    const lines = createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, port } = JSON.parse(line) as { msg: string; port: number };
      if (msg !== 'ready') return;
      lines.close();
      resolve(port);
    });
  });
  // The access log is written as ever; reading it is not to be measured.
  child.stdout.resume();
  return {
    port,
    rssBytes: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)]).toString()) * 1024,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
