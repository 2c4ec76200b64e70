import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServiceName, serviceNames } from '#shared/config/service';
import { Family } from '../../../deploy/local/family.ts';
import { type MeshHandle, meshHandle, serviceDatabase, serviceDatabaseUrl } from '../../../deploy/local/handle.ts';
import { natsProgram, natsUrl } from '../../../deploy/local/nats.ts';
import { createDatabases, postgresProgram, postgresUrl } from '../../../deploy/local/postgres.ts';
import {
  gatewayProgram,
  type MeshSettings,
  providerPrograms,
  servicePrograms,
} from '../../../deploy/local/processes.ts';
import type { Program } from '../../../deploy/local/program.ts';
import { prepareState } from '../../../deploy/local/state.ts';
import { Supervised } from '../../../deploy/local/supervisor.ts';
import { temporaryFolder } from '../server.ts';
import { idempotentPaths } from './contract.ts';
import { Endpoints } from './endpoints.ts';
import { GrpcBalancer } from './grpcBalancer.ts';
import { HttpBalancer } from './httpBalancer.ts';
import { grpcProbe, httpProbe } from './kubelet.ts';
import { Replicas } from './replicas.ts';

export interface ReplicatedMeshOptions {
  /** Of each service and of the gateway. */
  replicas: number;
  services?: readonly ServiceName[];
  /** Stand-ins of foreign systems that are needed; all unless told. */
  providers?: readonly string[];
  env?: MeshSettings['env'];
  /** A PostgreSQL that is there already, instead of one started here. */
  databaseServer?: string;
}

export interface ReplicatedMesh extends AsyncDisposable {
  readonly handle: MeshHandle;
  /** By service, and `gateway`. */
  readonly replicas: ReadonlyMap<string, Replicas>;
  readonly balancers: ReadonlyMap<string, GrpcBalancer>;
  readonly ingress: HttpBalancer;
}

/**
 * The mesh as a cluster runs it, as far as processes go: several replicas of everything, a balancer before each service
 * and before the gateways, one PostgreSQL, one NATS. Services and gateways know the balancers' addresses only.
 */
export async function startReplicatedMesh(options: ReplicatedMeshOptions): Promise<ReplicatedMesh> {
  const { services = serviceNames, env = {} } = options;
  const dataDir = await temporaryFolder('rollout');
  const stack = new AsyncDisposableStack();
  if (process.env.KEEP_TEST_DATA === undefined) stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const family = new Family();
  stack.defer(() => family.close());
  try {
    const { ports, secrets } = await prepareState(dataDir, 0);
    const databaseServer = options.databaseServer ?? postgresUrl(ports.postgres);
    const location = { ports, dataDir, databaseServer, natsUrl: natsUrl(ports.nats) };
    const databaseUrl = (service: ServiceName) => serviceDatabaseUrl(databaseServer, service);
    const settings: MeshSettings = { dataDir, ports, secrets, env, databaseUrl, natsUrl: location.natsUrl };
    const logsDir = join(dataDir, 'logs');
    const run = async (program: Program) => {
      const supervised = new Supervised(program, join(logsDir, `${program.name}.log`), family);
      stack.defer(() => supervised.stop());
      await supervised.start();
    };
    const providers = providerPrograms(settings).filter(({ name }) => options.providers?.includes(name) ?? true);
    const startPostgres = async () =>
      run(await postgresProgram({ dataDir: join(dataDir, 'postgres'), port: ports.postgres, durable: false }));
    await Promise.all([
      options.databaseServer === undefined && startPostgres(),
      natsProgram({ storeDir: join(dataDir, 'nats'), port: ports.nats }).then(run),
      ...providers.map(run),
    ]);
    await createDatabases(databaseServer, services.map(serviceDatabase));

    const isIdempotent = idempotentPaths();
    const balancers = new Map<string, GrpcBalancer>();
    const replicas = new Map<string, Replicas>();
    for (const name of services) {
      const balancer = stack.use(new GrpcBalancer(new Endpoints(), isIdempotent));
      await balancer.listen(ports[name]);
      balancers.set(name, balancer);
      const program = replicaProgram(() => servicePrograms(settings, [name])[0]);
      const { endpoints } = balancer;
      replicas.set(name, stack.use(new Replicas({ name, program, probe: grpcProbe, endpoints, logsDir, family })));
    }
    const ingress = stack.use(new HttpBalancer(new Endpoints()));
    await ingress.listen(ports.gateway);
    const program = replicaProgram(() => gatewayProgram(settings));
    const { endpoints } = ingress;
    const gateways = new Replicas({ name: 'gateway', program, probe: httpProbe, endpoints, logsDir, family });
    replicas.set('gateway', stack.use(gateways));
    for (let count = 0; count < options.replicas; count++) {
      await Promise.all([...replicas.values()].map((each) => each.add()));
    }
    const handle = meshHandle(location, () => Promise.reject(new Error('replicas are rolled, not signalled')));
    return { handle, replicas, balancers, ingress, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (cause) {
    await stack.disposeAsync();
    throw cause;
  }
}

/** What the only process of a service would be, on a port of its own. */
function replicaProgram(single: () => Program | undefined) {
  return (port: number, name: string): Program => {
    const program = single();
    if (!program) throw new Error(`no program for ${name}`);
    const own: Record<string, string> = name.startsWith('rating')
      ? { RATING_ADVERTISED_ADDRESS: `127.0.0.1:${port}` }
      : {};
    return { ...program, name, env: { ...program.env, ...own, PORT: String(port), METRICS_PORT: '0' } };
  };
}
