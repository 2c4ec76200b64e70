import { createHash } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack, durationFromMs } from '@bufbuild/protobuf/wkt';
import grpc, { Metadata, status } from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '#google/rpc/error_details';
import { StatusSchema } from '#google/rpc/status';
import { loadContract } from '../src/contract/contract.ts';
import { kitchenHandlers } from './kitchenHandlers.ts';
import { scriptHandlers } from './scriptHandlers.ts';
import { serviceDefinition } from './serviceDefinition.ts';

// biome-ignore lint/suspicious/noExplicitAny: the service is known only at run time, by its descriptor.
type Loose = any;
type Call = grpc.ServerReadableStream<Loose, Loose> & grpc.ServerWritableStream<Loose, Loose>;

/** What the server saw of streams that did not end in order. */
export interface LabServer extends AsyncDisposable {
  port: number;
  /** Paths of calls of lab.script.v1 that have arrived. */
  started: string[];
  /** Paths of calls that were cancelled. */
  cancelled: string[];
  /** Paths of client streams that ended in order. */
  ended: string[];
  /** Bytes of uploads so far. */
  received: number;
  /** While true, uploads are read slowly. */
  slow: boolean;
}

/** A real gRPC server for the contracts in this folder, made from their descriptors alone. */
export async function startLab(image: string): Promise<LabServer> {
  const state = { started: [] as string[], cancelled: [] as string[], ended: [] as string[], received: 0, slow: false };
  const server = new grpc.Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 });
  const implementations: Loose = {
    'lab.v1.Lab': handlers(state),
    'lab.kitchen.v1.Kitchen': kitchenHandlers(),
    'lab.script.v1.Scripted': scriptHandlers(state),
  };
  for (const service of loadContract(image).services) {
    server.addService(serviceDefinition(service), untilGone(implementations[service.typeName] ?? {}));
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return Object.assign(state, { port, [Symbol.asyncDispose]: async () => server.forceShutdown() });
}

/** Handlers that read a stream hear of a caller who breaks it off as a failure, which is none of the server's. */
function untilGone(handlers: grpc.UntypedServiceImplementation): grpc.UntypedServiceImplementation {
  const quiet = (handler: Loose) => async (call: Loose, callback: Loose) => {
    try {
      await handler(call, callback);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
  };
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, quiet(handler)]));
}

function handlers(state: Omit<LabServer, 'port' | typeof Symbol.asyncDispose>) {
  const watch = (call: Call) => call.on('cancelled', () => state.cancelled.push(call.getPath()));
  return {
    Echo: (call: Loose, callback: Loose) => callback(null, call.request),
    Inner: (call: Loose, callback: Loose) => callback(null, call.request),
    Mirror: (call: Loose, callback: Loose) => callback(null, call.request),
    Fail: (call: Loose, callback: Loose) => callback(failure(call.request)),
    Metadata(call: Loose, callback: Loose) {
      const entries = Object.fromEntries(
        Object.keys(call.metadata.getMap()).map((name) => [
          name,
          call.metadata
            .get(name)
            .map((value: Buffer | string) => (value instanceof Buffer ? value.toString('hex') : value))
            .join('|'),
        ]),
      );
      const deadline = call.getDeadline();
      if (Number.isFinite(Number(deadline))) entries.deadline = String(Number(deadline) - Date.now());
      const headers = new Metadata();
      headers.set('lab-colour', 'green');
      headers.set('lab-bytes-bin', Buffer.from([1, 2, 250]));
      headers.set('content-disposition', 'attachment; filename="x"');
      call.sendMetadata(headers);
      const trailers = new Metadata();
      trailers.set('lab-trailer', 'late');
      callback(null, { entries }, trailers);
    },
    Sleep(call: Loose, callback: Loose) {
      watch(call);
      setTimeout(() => callback(null, { text: 'rested' }), call.request.ms);
    },
    async Upload(call: Call, callback: Loose) {
      watch(call);
      const summary = { name: '', contentType: '', bytes: 0n, pieces: 0, largest: 0, sha256: '' };
      const hash = createHash('sha256');
      call.on('error', () => {});
      for await (const piece of call) {
        if (piece.refuse)
          return callback(failure({ code: status.PERMISSION_DENIED, message: 'no', reason: 'ACCESS_DENIED' }));
        if (piece.name !== '') summary.name = piece.name;
        summary.contentType ||= piece.file?.contentType ?? '';
        const data = piece.file?.data ?? new Uint8Array();
        hash.update(data);
        summary.bytes += BigInt(data.length);
        state.received += data.length;
        summary.pieces++;
        summary.largest = Math.max(summary.largest, data.length);
        while (state.slow) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      // grpc-js ends a cancelled stream first and says a moment later that it was cancelled.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (call.cancelled) return;
      state.ended.push(call.getPath());
      callback(null, { ...summary, sha256: hash.digest('hex') });
    },
    async Download(call: Call) {
      watch(call);
      const { pieces, pieceBytes, breakOff } = call.request;
      for (let index = 0; index < pieces && !call.cancelled; index++) {
        const more = call.write({
          contentType: index === 0 ? 'text/csv' : '',
          data: new Uint8Array(pieceBytes).fill(index),
        });
        if (!more) await new Promise((resolve) => call.once('drain', resolve));
      }
      if (breakOff) call.emit('error', failure({ code: status.DATA_LOSS, message: 'gone', reason: 'INTERNAL' }));
      else call.end();
    },
    async Count(call: Call) {
      watch(call);
      const { to, failAt, stayAt } = call.request;
      for (let count = 1; count <= to && !call.cancelled; count++) {
        if (count === failAt) {
          call.emit('error', failure({ code: status.ABORTED, message: 'tired', reason: 'ETAG_MISMATCH' }));
          return;
        }
        if (!call.write({ count })) await new Promise((resolve) => call.once('drain', resolve));
        if (count === stayAt) return;
      }
      call.end();
    },
    async Sum(call: Call, callback: Loose) {
      watch(call);
      call.on('error', () => {});
      let count = 0;
      for await (const probe of call) count += probe.count;
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (call.cancelled) return;
      state.ended.push(call.getPath());
      callback(null, { count });
    },
    async Chat(call: Call) {
      call.on('data', (probe) => call.write(probe));
      call.on('end', () => call.end());
      call.on('error', () => {});
    },
  };
}

function failure(told: { code: number; message: string; reason?: string; retryMs?: number; field?: string }) {
  const metadata = new Metadata();
  const details = [];
  if (told.reason) {
    details.push(
      anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: told.reason, domain: 'lab', metadata: { a: 'b' } })),
    );
  }
  if (told.field) {
    const fieldViolations = [{ field: told.field, description: 'is wrong' }];
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations })));
  }
  if (told.retryMs) {
    details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay: durationFromMs(told.retryMs) })));
  }
  if (details.length > 0) {
    const body = create(StatusSchema, { code: told.code, message: told.message, details });
    metadata.set('grpc-status-details-bin', Buffer.from(toBinary(StatusSchema, body)));
  }
  return Object.assign(new Error(told.message), { code: told.code, details: told.message, metadata });
}
