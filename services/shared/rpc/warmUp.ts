import { create } from '@bufbuild/protobuf';
import { Metadata } from '@grpc/grpc-js';
import type { Authenticate } from './identity.ts';
import type { Implementation } from './implement.ts';
import type { ServiceToken } from './serviceToken.ts';
import { validateMessage } from './validate.ts';

/**
 * Does once what the first callers would otherwise wait for: compiles the rules of every request, gets the service's own token and, by
 * checking it, the issuer's keys. In a rollout a new process gets its share of the calls at once, on a machine that is busy starting it.
 * What fails here fails again where it is needed, and is told there.
 */
export async function warmUp(
  implementations: readonly Implementation[],
  token: ServiceToken,
  authenticate: Authenticate,
): Promise<void> {
  for (const { input } of implementations.flatMap(({ service }) => service.methods)) {
    try {
      validateMessage(input, create(input));
    } catch {
      // An empty request breaks most rules; they are compiled all the same.
    }
    // The process already listens: what it is asked meanwhile waits for one message's rules only.
    await new Promise((resolve) => setImmediate(resolve));
  }
  try {
    const own = await token();
    const metadata = new Metadata();
    if (own !== undefined) metadata.set('authorization', `Bearer ${own}`);
    await authenticate(metadata);
  } catch {
    // The issuer may come up later than the service.
  }
}
