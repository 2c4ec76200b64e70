import type { DescMethod } from '@bufbuild/protobuf';
import { pathOf } from './callGraph.ts';
import type { MeshGraph } from './meshGraph.ts';
import { isStream } from './repeating.ts';

/** The longest that services wait for one another's answers (streams aside), in seconds. */
export const inMeshSeconds = 30;

/** The longest that a caller may ask the gateway to wait in a cluster, in seconds: its setting MAX_TIMEOUT_MS. */
export const gatewaySeconds = 300;

/** So much longer do proxies wait, in seconds: whoever gives up first should be the code, which says so in the contract's words. */
const marginSeconds = 1;

/** A route's timeout in seconds; none for streams. Istio takes a route that says nothing for one without a timeout, and refuses `0s`. */
export function timeoutOf(method: DescMethod, { edges }: Pick<MeshGraph, 'edges'>): number | undefined {
  if (isStream(method)) return undefined;
  const isThroughGateway = edges.some(
    ({ from, method: called }) => from === 'gateway' && pathOf(called) === pathOf(method),
  );
  return (isThroughGateway ? gatewaySeconds : inMeshSeconds) + marginSeconds;
}
