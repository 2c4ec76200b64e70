import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import grpc from '@grpc/grpc-js';
import {
  type ReportedUsageSchema,
  ReportUsageRequestSchema,
  ReportUsageResponseSchema,
  UsageService,
} from '#proto/rating/v1/usage_service';
import type { Counts } from './destination.ts';

const recordsPerMessage = 500;

/** The records of a clean usage file as the messages of a `ReportUsage` stream. */
export async function reportMessages(file: string): Promise<Buffer[]> {
  const messages: Buffer[] = [];
  let records: MessageInitShape<typeof ReportedUsageSchema>[] = [];
  const flush = () => {
    const request = create(ReportUsageRequestSchema, { business: messages.length === 0 ? 'iot' : '', records });
    messages.push(Buffer.from(toBinary(ReportUsageRequestSchema, request)));
    records = [];
  };
  let isHeader = true;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!isHeader) {
      const [recordId = '', serviceNumber = '', apn = '', time = '', up = '', down = ''] = line.split(',');
      const startTime = timestampFromDate(new Date(time));
      records.push({ recordId, serviceNumber, apn, startTime, bytesUp: BigInt(up), bytesDown: BigInt(down) });
    }
    isHeader = false;
    if (records.length === recordsPerMessage) flush();
  }
  if (records.length > 0) flush();
  return messages;
}

/** Streams the messages and waits until all of them are committed. */
export async function sendReport(
  messages: Buffer[],
  { address, token }: { address: string; token: string },
): Promise<Counts> {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  try {
    return await new Promise<Counts>((resolve, reject) => {
      const call = client.makeClientStreamRequest(
        `/${UsageService.typeName}/ReportUsage`,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => fromBinary(ReportUsageResponseSchema, bytes),
        metadata,
        {},
        (error, answer) => (error || !answer?.file ? reject(error ?? new Error('no answer')) : resolve(answer.file)),
      );
      write(call, messages).catch(reject);
    });
  } finally {
    client.close();
  }
}

async function write(call: grpc.ClientWritableStream<Buffer>, messages: Buffer[]): Promise<void> {
  for (const message of messages) if (!call.write(message)) await once(call, 'drain');
  call.end();
}
