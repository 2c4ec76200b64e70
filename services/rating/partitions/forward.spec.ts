import grpc from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { Peers } from './forward.ts';

/** A server that answers nothing and remembers what calls were for. */
async function listening() {
  const authorities: string[] = [];
  const bytes = (raw: Buffer) => raw;
  const server = new grpc.Server();
  server.addService(
    {
      takeUsage: {
        path: '/jangbu.rating.v1.UsagePartitionService/TakeUsage',
        requestStream: false,
        responseStream: false,
        requestSerialize: bytes,
        requestDeserialize: bytes,
        responseSerialize: bytes,
        responseDeserialize: bytes,
      },
    },
    {
      takeUsage: (call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) => {
        authorities.push(call.getHost());
        answer(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { authorities, address: `127.0.0.1:${port}`, [Symbol.dispose]: () => server.forceShutdown() };
}

it('MESH-7: calls of another rating process go to its address and name what proxies know it by', async () => {
  using other = await listening();
  const member = { no: 1, address: other.address };
  using named = new Peers(async () => undefined, 'rating-partitions.jangbu.svc.cluster.local:9000');
  await named.forward(member, []);
  using plain = new Peers(async () => undefined);
  await plain.forward(member, []);
  expect(other.authorities).toEqual(['rating-partitions.jangbu.svc.cluster.local:9000', other.address]);
});
