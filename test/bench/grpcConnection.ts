import http2 from 'node:http2';

/** gRPC's unary call and nothing else, straight on HTTP/2. */
export class GrpcConnection {
  readonly #session: http2.ClientHttp2Session;
  readonly #headers: http2.OutgoingHttpHeaders;

  constructor(address: string, token: string) {
    this.#session = http2.connect(`http://${address}`);
    this.#session.on('error', () => {});
    this.#headers = {
      ':method': 'POST',
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': '10S',
      authorization: `Bearer ${token}`,
    };
  }

  /** Resolves with the answer's message; rejects with the status where it is not OK. `heldMs`: how long it takes to send the message. */
  call(path: string, message: Uint8Array, heldMs = 0): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({ ...this.#headers, ':path': path });
      const chunks: Buffer[] = [];
      let status: Record<string, unknown> = {};
      stream.on('response', (headers) => {
        status = headers;
      });
      stream.on('trailers', (trailers) => {
        status = trailers;
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('end', () => {
        if (status['grpc-status'] === '0') resolve(Buffer.concat(chunks).subarray(5));
        else reject(new Error(`${path}: ${status['grpc-status']} ${status['grpc-message']}`));
      });
      // A message has a byte that says that it is not compressed, and its length.
      const frame = Buffer.alloc(5 + message.length);
      frame.writeUInt32BE(message.length, 1);
      frame.set(message, 5);
      if (heldMs === 0) {
        stream.end(frame);
        return;
      }
      stream.write(frame.subarray(0, 3));
      setTimeout(() => stream.end(frame.subarray(3)), heldMs);
    });
  }

  close(): void {
    this.#session.close();
  }
}
