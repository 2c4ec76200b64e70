import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { uploadUsageFile } from '../../services/rating/testing/upload.ts';

/** What became of a file, as far as the benchmark checks it. */
export interface Imported {
  recordsRead: number;
  rated: number;
  duplicate: number;
  rejected: number;
}

export interface Destination {
  /** The gateway's URL, or rating's address when there is no way through the gateway. */
  gatewayUrl: string | undefined;
  ratingAddress: string;
  token: string;
}

/** Sends a file from disk and waits until all of it is committed. */
export async function sendFile(file: string, destination: Destination): Promise<Imported> {
  const pieces = createReadStream(file, { highWaterMark: 256 * 1024 });
  const answer = destination.gatewayUrl
    ? await throughGateway(destination.gatewayUrl, destination.token, pieces)
    : await uploadUsageFile({
        address: destination.ratingAddress,
        token: destination.token,
        business: 'iot',
        source: file,
        pieces,
      });
  const { recordsRead = 0, rated = 0, duplicate = 0, rejected = 0 } = answer;
  return {
    recordsRead: Number(recordsRead),
    rated: Number(rated),
    duplicate: Number(duplicate),
    rejected: Number(rejected),
  };
}

type Counts = Partial<Record<keyof Imported, string | bigint>>;

async function throughGateway(url: string, token: string, pieces: Readable): Promise<Counts> {
  const response = await fetch(`${url}/v1/usageFiles?business=iot&source=bench`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    body: Readable.toWeb(pieces) as unknown as ReadableStream,
    duplex: 'half',
  });
  if (!response.ok) throw new Error(`the gateway answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as Counts;
}
