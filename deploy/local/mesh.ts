import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServiceName, serviceNames } from '#shared/config/service';
import { act, runningMesh, serveControl } from './control.ts';
import { Family } from './family.ts';
import { type MeshHandle, meshHandle, serviceDatabase, serviceDatabaseUrl } from './handle.ts';
import { natsProgram, natsUrl, requireJetStream } from './nats.ts';
import { createDatabases, postgresProgram, postgresUrl } from './postgres.ts';
import { gatewayProgram, type MeshSettings, presentServices, providerPrograms, servicePrograms } from './processes.ts';
import type { Program } from './program.ts';
import { prepareState, readPorts } from './state.ts';
import { Supervised } from './supervisor.ts';

export interface MeshOptions {
  dataDir: string;
  /** 0 for any free port. */
  gatewayPort: number;
  /** Begins with an empty data folder. */
  fresh?: boolean;
  /** False only in tests. */
  durable?: boolean;
  /** Servers that are there already, instead of ones started here. */
  databaseServer?: string;
  natsServer?: string;
  env?: MeshSettings['env'];
  services?: ServiceName[];
  report?: (line: string) => void;
}

export interface Mesh extends MeshHandle, AsyncDisposable {
  processes: Map<string, Supervised>;
}

/** Starts the whole mesh and returns when every process of it is ready. */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const { dataDir, env = {}, services = presentServices(), report = () => undefined } = options;
  await refuseSecond(dataDir);
  if (options.fresh) await rm(dataDir, { recursive: true, force: true });
  const { ports, secrets } = await prepareState(dataDir, options.gatewayPort);
  const databaseServer = options.databaseServer ?? postgresUrl(ports.postgres);
  const location = { ports, dataDir, databaseServer, natsUrl: options.natsServer ?? natsUrl(ports.nats) };
  const databaseUrl = (service: ServiceName) => serviceDatabaseUrl(databaseServer, service);
  const settings: MeshSettings = { dataDir, ports, secrets, env, databaseUrl, natsUrl: location.natsUrl };

  const family = new Family();
  const processes = new Map<string, Supervised>();
  const run = (program: Program) => {
    const supervised = new Supervised(program, join(dataDir, 'logs', `${program.name}.log`), family, report);
    processes.set(program.name, supervised);
    return supervised.start();
  };
  const stack = new AsyncDisposableStack();
  stack.defer(() => family.close());
  stack.defer(() => stopInOrder(processes));
  try {
    stack.use(await serveControl(processes, dataDir, ports.control));
    const startPostgres = async () => {
      const durable = options.durable ?? true;
      if (!options.databaseServer) {
        await run(await postgresProgram({ dataDir: join(dataDir, 'postgres'), port: ports.postgres, durable }));
      }
      await createDatabases(databaseServer, serviceNames.map(serviceDatabase)).catch((cause: Error) => {
        throw new Error(`no databases on ${options.databaseServer ? 'DATABASE_URL' : 'PostgreSQL'}: ${cause.message}`, {
          cause,
        });
      });
    };
    const startNats = async () => {
      if (options.natsServer) return requireJetStream(options.natsServer);
      await run(await natsProgram({ storeDir: join(dataDir, 'nats'), port: ports.nats }));
    };
    await all([startPostgres(), startNats(), ...providerPrograms(settings).map(run)]);
    await all([...servicePrograms(settings, services), gatewayProgram(settings)].map(run));
  } catch (cause) {
    await stack.disposeAsync();
    throw cause;
  }
  const handle = meshHandle(location, async (name, action, signal = 'SIGKILL') => {
    const supervised = processes.get(name);
    if (!supervised) throw new Error(`no process ${name}; there are ${[...processes.keys()].join(', ')}`);
    await act(supervised, action, signal);
  });
  return { ...handle, processes, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Like Promise.all, but a failure is reported only after the others have come to their end. */
async function all(starts: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(starts);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  if (reasons.length > 0) throw new Error(reasons.map(({ message }) => message).join('\n\n'));
}

/** The gateway first, so that nothing new comes in; the servers last, so that everyone can finish. */
async function stopInOrder(processes: Map<string, Supervised>): Promise<void> {
  const stages = [...new Set([...processes.values()].map(({ program }) => program.stage))].sort((a, b) => b - a);
  for (const stage of stages) {
    const members = [...processes.values()].filter(({ program }) => program.stage === stage);
    await Promise.all(members.map((member) => member.stop()));
  }
}

async function refuseSecond(dataDir: string): Promise<void> {
  const ports = readPorts(dataDir);
  const running = ports && (await runningMesh(ports.control));
  if (running?.dataDir === dataDir) throw new Error(`a mesh is running on ${dataDir} already (process ${running.pid})`);
}
