import { HealthClient } from '../../journeys/health.ts';

/** Whether a process takes requests; a probe that fails is a no. */
export type Probe = () => Promise<boolean>;

/** grpc.health.v1 Check of the whole process, as a probe of kind gRPC does it. */
export function grpcProbe(address: string): Probe & Disposable {
  const client = new HealthClient(address);
  const probe = () =>
    client.check('').then(
      (status) => status === 'SERVING',
      () => false,
    );
  return Object.assign(probe, { [Symbol.dispose]: () => client[Symbol.dispose]() });
}

/** `/readyz`, as a probe of kind HTTP does it. */
export function httpProbe(address: string): Probe & Disposable {
  const probe = () =>
    fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(2_000), headers: { connection: 'close' } }).then(
      ({ ok }) => ok,
      () => false,
    );
  return Object.assign(probe, { [Symbol.dispose]: () => {} });
}
