import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { uploadUsageFile } from '../../services/rating/testing/upload.ts';
import { type Counts, type Destination, type Imported, toImported } from './destination.ts';
import { dropFile } from './dropFile.ts';
import { reportMessages, sendReport } from './sendReport.ts';
import type { UsageData } from './usageData.ts';

/** Through the gateway, straight to rating over gRPC, by the drop folder, or as a stream of reports. */
export const ways = ['gateway', 'grpc', 'drop', 'report'] as const;
export type Way = (typeof ways)[number];

/** Sends a file from disk and waits until all of it is committed; says how long that took. */
export async function sendFile(
  data: UsageData,
  way: Way,
  destination: Destination,
): Promise<{ imported: Imported; seconds: number }> {
  const { token, ratingAddress: address } = destination;
  const pieces = () => createReadStream(data.file, { highWaterMark: 256 * 1024 });
  switch (way) {
    case 'gateway':
      return timed(() => throughGateway(destination.gatewayUrl, token, pieces()));
    case 'grpc':
      return timed(() => uploadUsageFile({ address, token, business: 'iot', source: data.file, pieces: pieces() }));
    case 'drop':
      return dropFile(data.file, destination);
    case 'report': {
      // Encoded before the clock runs: it is the sender's work.
      const messages = await reportMessages(data.file);
      return timed(() => sendReport(messages, { address, token }));
    }
    default:
      return way satisfies never;
  }
}

async function timed(send: () => Promise<Counts>): Promise<{ imported: Imported; seconds: number }> {
  const started = performance.now();
  const counts = await send();
  return { imported: toImported(counts), seconds: (performance.now() - started) / 1000 };
}

/** By Node's own client, which costs the machine the least: it is the gateway and what is behind it that are measured. */
async function throughGateway(url: string, token: string, pieces: Readable): Promise<Counts> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
  const call = request(`${url}/v1/usageFiles?business=iot&source=bench`, { method: 'POST', headers });
  const [[response]] = await Promise.all([
    once(call, 'response') as Promise<[IncomingMessage]>,
    pipeline(pieces, call),
  ]);
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`the gateway answers ${response.statusCode}: ${body}`);
  return JSON.parse(body) as Counts;
}
