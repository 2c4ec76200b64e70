import type { UpstreamCall } from '../upstream/call.ts';
import type { Encoded } from '../upstream/outgoing.ts';

/**
 * Sends a stream of messages as fast as the service takes them, then ends it in order. Where the messages break
 * off, `failed` hears why and the call is cancelled, never ended in order, because an orderly end says
 * "this was all of it". When the service has answered already, the rest is read into nothing, so that the answer can be read.
 */
export async function sendMessages(
  call: UpstreamCall,
  messages: AsyncIterable<Encoded>,
  failed: (error: unknown) => void,
): Promise<void> {
  try {
    for await (const message of messages) {
      if (!call.done) await call.send(message);
    }
    call.end();
  } catch (error) {
    if (!call.done) failed(error);
    call.cancel();
  }
}
