// The backend as a process of its own, on grpc-js as every service of the mesh: node noteServer.ts. Prints its port.
import grpc from '@grpc/grpc-js';
import { noteBytes } from './notes.ts';

const pass = (bytes: Buffer) => bytes;
const codec = {
  requestStream: false,
  requestSerialize: pass,
  requestDeserialize: pass,
  responseSerialize: pass,
  responseDeserialize: pass,
};

const server = new grpc.Server();
server.addService(
  {
    GetNote: { path: '/bench.v1.NoteService/GetNote', responseStream: false, ...codec },
    ListNotes: { path: '/bench.v1.NoteService/ListNotes', responseStream: true, ...codec },
  },
  {
    GetNote: (_call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) =>
      callback(null, noteBytes),
    ListNotes: async (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
      // The request's only field is a varint: tag 8, then the count.
      const count = decodeVarint(call.request.subarray(1));
      for (let index = 0; index < count && !call.cancelled; index++) {
        if (!call.write(noteBytes)) await new Promise((resolve) => call.once('drain', resolve));
      }
      call.end();
    },
  },
);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(JSON.stringify({ msg: 'ready', port }));
});
process.once('SIGTERM', () => process.exit(0));

function decodeVarint(bytes: Buffer): number {
  let value = 0;
  for (const [index, byte] of bytes.entries()) {
    value |= (byte & 127) << (7 * index);
    if (byte < 128) break;
  }
  return value;
}
