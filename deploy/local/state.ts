import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServiceName, serviceNames } from '#shared/config/service';
import { allotPorts, isFree } from './ports.ts';
import { type Ports, portNames } from './processes.ts';

/** What stays the same over restarts of the mesh, in `ports.json` and `secrets.json` of its data folder. */
export interface MeshState {
  ports: Ports;
  secrets: Record<ServiceName, string>;
}

/**
 * Reads or makes the state. A port that is taken is waited for a while, because a previous run may still be ending,
 * then replaced; the gateway's port is the caller's choice and so a fault when it is taken.
 */
export async function prepareState(dataDir: string, gatewayPort: number, patienceMs = 20_000): Promise<MeshState> {
  mkdirSync(dataDir, { recursive: true });
  const known = read<Partial<Ports>>(join(dataDir, 'ports.json')) ?? {};
  const gateway = gatewayPort || Object.values(await allotPorts(['gateway'])).at(0) || 0;
  // A run that is ending frees the gateway's port first: once these are free, a taken one is somebody else's.
  const { gateway: _previous, ...inner } = known;
  await Promise.all(Object.values(inner).map((port) => untilFree(port, patienceMs)));
  if (!(await isFree(gateway)))
    throw new Error(`port ${gateway} is taken; choose another one by PORT=… for the gateway`);

  const kept: Partial<Ports> = {};
  for (const name of portNames) if (known[name] && (await isFree(known[name]))) kept[name] = known[name];
  const missing = portNames.filter((name) => kept[name] === undefined);
  const ports = { ...kept, ...(await allotPorts(missing, [gateway, ...Object.values(kept)])), gateway } as Ports;
  write(join(dataDir, 'ports.json'), ports);

  const secretsFile = join(dataDir, 'secrets.json');
  const secrets = read<Partial<Record<ServiceName, string>>>(secretsFile) ?? {};
  for (const name of serviceNames) secrets[name] ??= randomBytes(24).toString('base64url');
  write(secretsFile, secrets);
  return { ports, secrets: secrets as Record<ServiceName, string> };
}

/** The ports of a mesh that was started on this folder, whether it runs or not. */
export function readPorts(dataDir: string): Ports | undefined {
  return read<Ports>(join(dataDir, 'ports.json'));
}

async function untilFree(port: number, patienceMs: number): Promise<void> {
  const limit = Date.now() + patienceMs;
  while (!(await isFree(port)) && Date.now() < limit) await sleep(200);
}

function read<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (cause) {
    // A file that was cut off is as good as none: everything in it can be made again.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function write(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
