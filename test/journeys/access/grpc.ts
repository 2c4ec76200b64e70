import { fromBinary, fromJson, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type Answer, decodeStatus, reasonOf } from './answer.ts';
import type { Method } from './contract.ts';

const raw = (bytes: Buffer) => bytes;
const detailsKey = 'grpc-status-details-bin';

/** Calls a service itself, past the gateway, as everything inside of the mesh can. */
export class Direct implements Disposable {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
  }

  /** Of a stream, the first message; whoever may not have it gets the error in its place. */
  ask({ desc }: Method, request: JsonObject, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const path = `/${desc.parent.typeName}/${desc.name}`;
    const bytes = Buffer.from(toBinary(desc.input, fromJson(desc.input, request)));
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const read = (message: Buffer) => ok(JSON.stringify(toJson(desc.output, fromBinary(desc.output, message))));
    return new Promise((resolve) => {
      const answered = (error: ServiceError | null, message?: Buffer) =>
        resolve(message === undefined ? refused(error) : read(message));
      switch (desc.methodKind) {
        case 'unary':
          this.#client.makeUnaryRequest(path, raw, raw, bytes, metadata, { deadline }, answered);
          break;
        case 'client_streaming':
          this.#client.makeClientStreamRequest(path, raw, raw, metadata, { deadline }, answered).end(bytes);
          break;
        default: {
          const stream = this.#client.makeServerStreamRequest(path, raw, raw, bytes, metadata, { deadline });
          stream.once('data', (message: Buffer) => {
            resolve(read(message));
            stream.cancel();
          });
          stream.once('end', () => resolve(ok('')));
          // The cancellation is an error, too; what was answered first stays.
          stream.on('error', (error: ServiceError) => resolve(refused(error)));
        }
      }
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

const deadline = Number.POSITIVE_INFINITY;

function ok(seen: string): Answer {
  return { outcome: 'OK', code: 0, seen };
}

function refused(error: ServiceError | null): Answer {
  if (error === null) throw new Error('unreachable: neither an error nor a message');
  const [encoded] = error.metadata.get(detailsKey);
  const details = encoded instanceof Buffer ? decodeStatus(encoded) : {};
  const trailers = error.metadata.getMap();
  const seen = JSON.stringify({
    message: error.details,
    details,
    trailers: { ...trailers, [detailsKey]: '', date: '' },
  });
  return { outcome: reasonOf(details), code: error.code, seen };
}
