import { once } from 'node:events';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import grpc from '@grpc/grpc-js';
import { type UsageFile, UsageFileSchema } from '#proto/rating/v1/usage';
import { ImportUsageFileRequestSchema, UsageService } from '#proto/rating/v1/usage_service';

export interface Upload {
  address: string;
  token: string;
  business: string;
  source: string;
  pieces: AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
}

/** Sends a usage file the way any gRPC client does: business and source in the first message, then the bytes. */
export async function uploadUsageFile(upload: Upload): Promise<UsageFile> {
  const client = new grpc.Client(upload.address, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${upload.token}`);
  try {
    return await new Promise<UsageFile>((resolve, reject) => {
      const call = client.makeClientStreamRequest(
        `/${UsageService.typeName}/ImportUsageFile`,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => fromBinary(UsageFileSchema, bytes),
        metadata,
        {},
        (error, file) => (error || !file ? reject(error ?? new Error('no answer')) : resolve(file)),
      );
      upload.signal?.addEventListener('abort', () => call.cancel());
      send(call, upload).catch((error) => {
        call.cancel();
        reject(error);
      });
    });
  } finally {
    client.close();
  }
}

async function send(call: grpc.ClientWritableStream<Buffer>, upload: Upload): Promise<void> {
  let first = true;
  for await (const data of upload.pieces) {
    if (upload.signal?.aborted || call.destroyed) return;
    const names = first ? { business: upload.business, source: upload.source } : {};
    const request = create(ImportUsageFileRequestSchema, { ...names, file: { contentType: 'text/csv', data } });
    first = false;
    if (!call.write(Buffer.from(toBinary(ImportUsageFileRequestSchema, request)))) {
      const over = new AbortController();
      const events = ['drain', 'error', 'close'].map((name) => once(call, name, { signal: over.signal }));
      await Promise.race(events).catch(() => {});
      over.abort();
      await Promise.allSettled(events);
    }
  }
  call.end();
}
