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

/** A route's timeout in seconds; 0, which is none, for streams. */
export function timeoutOf(method: DescMethod, { edges }: Pick<MeshGraph, 'edges'>): number {
  if (isStream(method)) return 0;
  const isThroughGateway = edges.some(
    ({ from, method: called }) => from === 'gateway' && pathOf(called) === pathOf(method),
  );
  return (isThroughGateway ? gatewaySeconds : inMeshSeconds) + marginSeconds;
}
