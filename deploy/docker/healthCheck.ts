import { connect } from 'node:http2';

/**
 * `node deploy/docker/healthCheck.ts`: ends with 0 when the program of this container serves. A service is asked by grpc.health.v1, the
 * gateway by its path; which of the two it is shows in who answers. Without a library, because it starts every few seconds.
 */
const timeLimitMs = 2_000;
const host = ['', '0.0.0.0', '::'].includes(process.env.HOST ?? '') ? '127.0.0.1' : process.env.HOST;
const address = `http://${host}:${process.env.PORT || 8088}`;

/** A request that names no service has no bytes, and an answer that says SERVING has these two. */
const emptyMessage = Buffer.alloc(5);
const serving = Buffer.from([0x08, 0x01]);

function serviceServes(): Promise<void> {
  return new Promise((resolve, reject) => {
    const session = connect(address);
    session.on('error', reject);
    const call = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const pieces: Buffer[] = [];
    call.on('data', (piece: Buffer) => pieces.push(piece));
    call.on('error', reject);
    call.on('close', () => {
      session.destroy();
      if (Buffer.concat(pieces).subarray(5).equals(serving)) resolve();
      else reject(new Error('not serving'));
    });
    call.end(emptyMessage);
  });
}

async function gatewayServes(): Promise<void> {
  const { status } = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(timeLimitMs) });
  if (status !== 200) throw new Error(`/readyz answers ${status}`);
}

setTimeout(() => process.exit(1), timeLimitMs);
await Promise.any([serviceServes(), gatewayServes()]).then(
  () => process.exit(0),
  ({ errors }: AggregateError) => {
    process.stderr.write(`${errors.map(String).join('; ')}\n`);
    process.exit(1);
  },
);
