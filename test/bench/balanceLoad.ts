import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  CommitRequestSchema,
  CreditReason,
  CreditRequestSchema,
  ReserveRequestSchema,
} from '#proto/billing/v1/balance_service';
import { ReservationSchema } from '#proto/billing/v1/reservation';
import { newId } from '#shared/ids';
import { GrpcConnection } from './grpcConnection.ts';

export interface Latency {
  p50: number;
  p99: number;
}

export interface Measured {
  /** Pairs a second. */
  pairs: number;
  /** In milliseconds; undefined where it is not known. */
  reserve?: Latency;
  commit?: Latency;
}

const service = '/jangbu.billing.v1.BalanceService';
const amount = { currency: 'KRW', amount: '10' };

/**
 * Clients that each send a reserve, wait for it, send its commit, wait for it, and so on. The least client that
 * speaks gRPC: what it needs of the machine's cores is missing to what is measured, and pgbench is written in C.
 */
export class BalanceLoad implements AsyncDisposable {
  /** Pairs that were answered since the beginning. */
  committed = 0;
  readonly #clients: GrpcConnection[];

  constructor(address: string, token: string, clients: number) {
    // A connection for sixteen clients: a process that calls billing has one for all of its calls.
    const connections = Array.from({ length: Math.ceil(clients / 16) }, () => new GrpcConnection(address, token));
    this.#clients = Array.from({ length: clients }, (_, index) => connections[index % connections.length]).filter(
      (client) => client !== undefined,
    );
  }

  /** Gives every account enough for any run. */
  async fund(accounts: readonly string[]): Promise<void> {
    const rest = [...accounts];
    await Promise.all(
      this.#clients.map(async (client) => {
        for (let account = rest.pop(); account !== undefined; account = rest.pop()) {
          const credit = create(CreditRequestSchema, {
            key: newId(),
            target: { case: 'account', value: account },
            amount: { currency: 'KRW', amount: '1000000000' },
            reason: CreditReason.GRANT,
          });
          await client.call(`${service}/Credit`, toBinary(CreditRequestSchema, credit));
        }
      }),
    );
  }

  async run(accounts: readonly string[], seconds: number): Promise<Measured> {
    const reserves: number[] = [];
    const commits: number[] = [];
    const end = performance.now() + seconds * 1000;
    const started = performance.now();
    await Promise.all(
      this.#clients.map(async (client) => {
        for (let now = performance.now(); now < end; ) {
          const account = accounts[Math.floor(Math.random() * accounts.length)] ?? '';
          const reservation = await this.#reserve(client, account);
          const reserved = performance.now();
          await this.#commit(client, reservation);
          reserves.push(reserved - now);
          now = performance.now();
          commits.push(now - reserved);
        }
      }),
    );
    this.committed += commits.length;
    const pairs = (commits.length / (performance.now() - started)) * 1000;
    return { pairs, reserve: latencyOf(reserves), commit: latencyOf(commits) };
  }

  async #reserve(client: GrpcConnection, account: string): Promise<string> {
    const request = create(ReserveRequestSchema, {
      key: newId(),
      payer: { case: 'account', value: account },
      amount,
      holdFor: { seconds: 600n },
    });
    const answer = await client.call(`${service}/Reserve`, toBinary(ReserveRequestSchema, request));
    return fromBinary(ReservationSchema, answer).id;
  }

  async #commit(client: GrpcConnection, reservation: string): Promise<void> {
    const request = create(CommitRequestSchema, { key: newId(), reservation, tax: { currency: 'KRW', amount: '1' } });
    await client.call(`${service}/Commit`, toBinary(CommitRequestSchema, request));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of new Set(this.#clients)) client.close();
  }
}

function latencyOf(times: number[]): Latency {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
