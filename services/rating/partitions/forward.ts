import { UsageChunkFormat } from '#proto/rating/v1/usage_partition';
import type { ServiceName } from '#shared/config/service';
import { Clients } from '#shared/rpc/call';
import type { ServiceToken } from '#shared/rpc/serviceToken';
import { partitions } from '../calls.ts';
import type { FieldCount } from '../usage/domain/recordFields.ts';
import type { ReportedRejection } from '../usage/engine/protocol.ts';
import type { Member } from './store/members.ts';

/** Lines of one file for one owner. The same number means the same lines, however often they are sent. */
export interface Chunk {
  fileNo: number;
  chunk: number;
  format: 'csv' | 'report';
  fields: FieldCount;
  /** The last line has no end. */
  last: boolean;
  /** Bytes of the file so far. */
  bytesRead: number;
  /** Number of each line in its file. */
  numbers: Int32Array;
  bytes: Uint8Array;
}

/** Has another process judge and commit chunks; answers with what was refused of each, as far as answers of reports show it. */
export type Forward = (member: Member, chunks: Chunk[]) => Promise<ReportedRejection[][]>;

/** So long an owner may take to commit. Whoever waits longer does it itself. */
const deadlineMs = 30_000;
const own: ServiceName = 'rating';

/** The other rating processes, each with its own channel and breaker. */
export class Peers implements Disposable {
  readonly #token: ServiceToken;
  readonly #authority: string | undefined;
  readonly #clients = new Map<string, Clients>();

  /** `authority` is what proxies on the way know all of them by. */
  constructor(token: ServiceToken, authority?: string) {
    this.#token = token;
    this.#authority = authority;
  }

  readonly forward: Forward = async ({ address }, chunks) => {
    const { answers } = await this.#at(address)
      .for(partitions)
      .takeUsage({ chunks: chunks.map(toMessage) }, { deadlineMs });
    return answers.map(({ rejections }) =>
      rejections.map(({ index, recordId, reason, detail }) => ({
        index: Number(index),
        id: recordId,
        reason: reason as ReportedRejection['reason'],
        detail,
      })),
    );
  };

  /** Closes the channels to all but these. */
  keepOnly(members: readonly Member[]): void {
    const addresses = new Set(members.map(({ address }) => address));
    for (const [address, clients] of this.#clients) {
      if (addresses.has(address)) continue;
      clients[Symbol.dispose]();
      this.#clients.delete(address);
    }
  }

  #at(address: string): Clients {
    const known = this.#clients.get(address);
    if (known) return known;
    const clients = new Clients({ [own]: address }, this.#token, undefined, this.#authority);
    this.#clients.set(address, clients);
    return clients;
  }

  [Symbol.dispose](): void {
    this.keepOnly([]);
  }
}

function toMessage({ fileNo, chunk, format, fields, last, bytesRead, numbers, bytes }: Chunk) {
  return {
    fileNo,
    chunk,
    format: formatOf(format, fields),
    unterminated: last,
    bytesRead: BigInt(bytesRead),
    numbers: new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
    records: bytes,
  };
}

function formatOf(format: Chunk['format'], fields: FieldCount): UsageChunkFormat {
  if (format === 'report') return UsageChunkFormat.REPORT;
  return fields === 8 ? UsageChunkFormat.CSV_WITH_CORRECTIONS : UsageChunkFormat.CSV;
}
