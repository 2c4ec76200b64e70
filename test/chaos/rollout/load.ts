import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { AccountService } from '#proto/billing/v1/account_service';
import { OrderService } from '#proto/ordering/v1/order_service';
import { PurchaseService } from '#proto/ordering/v1/purchase_service';
import { UsageService } from '#proto/rating/v1/usage_service';
import { uploadUsageFile } from '../../../services/rating/testing/upload.ts';
import { GrpcCaller, restOnce } from '../../harness/rollout/callOnce.ts';
import type { Recorder } from '../../harness/rollout/recorder.ts';
import { csv, MONTH, moment, newServiceNumber, record, startOf } from '../../journeys/business.ts';
import type { World } from '../../journeys/world.ts';
import type { TradedAccount } from '../trade.ts';
import { HeldCalls, topUpByGrpcWeb } from './heldCalls.ts';
import type { Market } from './market.ts';

/** So long an actor waits between its calls: a steady load, not as much as the machine can take. */
const pauseMs = 150;
const uploadPieces = 12;
const pieceEveryMs = 250;

/** What was acknowledged of usage, and which orders were taken. */
export interface Acknowledged {
  usageBytes: bigint;
  usageRecords: bigint;
  readonly purchases: { readonly id: string; readonly accountId: string }[];
  readonly lines: { readonly id: string; readonly orderId: string }[];
}

/**
 * Everybody at once, until told to stop. Each call is made once, as a caller without patience makes it: commands carry no
 * Idempotency-Key, so nothing on the way may repeat them either.
 */
export class Load {
  readonly acknowledged: Acknowledged = { usageBytes: 0n, usageRecords: 0n, purchases: [], lines: [] };
  readonly #world: World;
  readonly #market: Market;
  readonly #recorder: Recorder;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #token = '';

  constructor(world: World, market: Market, recorder: Recorder) {
    this.#world = world;
    this.#market = market;
    this.#recorder = recorder;
    this.#running = this.#run();
  }

  /** Waits for every call under way. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#token = await this.#world.token('operator');
    const { addresses } = this.#world.mesh;
    using billing = new GrpcCaller(addresses.billing, this.#token);
    using ordering = new GrpcCaller(addresses.ordering, this.#token);
    using rating = new GrpcCaller(addresses.rating, this.#token);
    using held = new HeldCalls(this.#world.mesh, this.#token, this.#recorder);
    const topUpByBrowser = topUpByGrpcWeb(this.#world.gatewayUrl, this.#token, this.#recorder);
    const actors = [
      ...this.#market.buyers.map((buyer) => () => this.#buy(buyer)),
      ...this.#market.buyers.map((buyer) => () => this.#topUp(buyer)),
      ...this.#market.buyers.map((buyer) => () => this.#topUpByGrpc(billing, buyer)),
      ...this.#market.buyers.map((buyer) => () => topUpByBrowser(buyer)),
      ...held.actors,
      () => this.#buyByGrpc(ordering),
      () => this.#look(),
      () => this.#report(),
      () => this.#reportByGrpc(rating),
      () => this.#orderLine(),
      () => this.#upload(),
      () => this.#uploadByGrpc(),
    ];
    await Promise.all(
      actors.map(async (act, turn) => {
        // So that those who do the same do not do it in step.
        await sleep(turn * 70);
        while (!this.#stop.signal.aborted) {
          await act();
          await sleep(pauseMs);
        }
      }),
    );
  }

  #rest<Answer>(kind: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer | undefined> {
    const { gatewayUrl } = this.#world;
    return this.#recorder.time(kind, () => restOnce<Answer>(gatewayUrl, this.#token, method, path, body));
  }

  async #buy({ id: accountId, customerId }: TradedAccount): Promise<void> {
    const body = { customerId, accountId, offeringId: this.#market.goods, quantity: '1' };
    const order = await this.#rest<{ id: string }>('REST purchase', 'POST', '/v1/purchases', body);
    if (order) this.acknowledged.purchases.push({ id: order.id, accountId });
  }

  async #buyByGrpc(ordering: GrpcCaller): Promise<void> {
    const buyer = this.#market.buyers[0];
    if (!buyer) return;
    const { id: accountId, customerId } = buyer;
    const request = { customerId, accountId, offeringId: this.#market.goods, quantity: 1n };
    const order = await this.#recorder.time('gRPC CreatePurchase', () =>
      ordering.call(PurchaseService.method.createPurchase, request),
    );
    if (!order) return;
    this.acknowledged.purchases.push({ id: order.id, accountId });
    await this.#recorder.time('gRPC GetOrder', () => ordering.call(OrderService.method.getOrder, { order: order.id }));
  }

  async #topUp(account: TradedAccount): Promise<void> {
    const body = { amount: { currency: 'KRW', amount: '7' }, memo: 'REST' };
    if (await this.#rest('REST topUp', 'POST', `/v1/accounts/${account.id}:topUp`, body)) account.expected += 7n;
  }

  async #topUpByGrpc(billing: GrpcCaller, account: TradedAccount): Promise<void> {
    const request = { account: account.id, amount: { currency: 'KRW', amount: '3' }, memo: 'gRPC' };
    const done = await this.#recorder.time('gRPC TopUp', () => billing.call(AccountService.method.topUp, request));
    if (done) account.expected += 3n;
  }

  async #look(): Promise<void> {
    const [buyer] = this.#market.buyers;
    await this.#rest('REST my page', 'GET', `/v1/mypages/${buyer?.customerId}`);
    await this.#rest('REST account', 'GET', `/v1/accounts/${buyer?.id}`);
    await this.#rest('REST messages', 'GET', `/v1/messages?customerId=${buyer?.customerId}`);
    await this.#rest('REST journal', 'GET', '/v1/journalEntries?pageSize=5');
    await this.#rest('REST offering', 'GET', `/v1/offerings/${this.#market.goods}`);
  }

  async #report(): Promise<void> {
    const { iot, line } = this.#market;
    const usage = { serviceNumber: line.serviceNumber, apn: 'test.iot.kr', startTime: moment(MONTH, 6), bytesUp: '11' };
    const records = Array.from({ length: 10 }, () => ({ ...usage, recordId: randomUUID() }));
    const body = { business: iot.name, source: 'load', records };
    const done = await this.#rest<{ file: { rated: string } }>('REST usage report', 'POST', '/v1/usage:report', body);
    if (done) this.#rated(BigInt(done.file.rated), 11n);
  }

  async #reportByGrpc(rating: GrpcCaller): Promise<void> {
    const { iot, line } = this.#market;
    const startTime = timestampFromDate(new Date(moment(MONTH, 7)));
    const usage = { serviceNumber: line.serviceNumber, apn: 'test.iot.kr', startTime, bytesUp: 13n };
    const records = Array.from({ length: 10 }, () => ({ ...usage, recordId: randomUUID() }));
    const request = { business: iot.name, source: 'load', records };
    const done = await this.#recorder.time('gRPC BatchReportUsage', () =>
      rating.call(UsageService.method.batchReportUsage, request),
    );
    if (done) this.#rated(done.file?.rated ?? 0n, 13n);
  }

  /** A line is a saga of four services. */
  async #orderLine(): Promise<void> {
    const { iot, subscriber } = this.#market;
    const order = { ...subscriber, offeringId: iot.offeringId, apn: 'test.iot.kr', activateTime: startOf(MONTH) };
    const body = { ...order, serviceNumber: newServiceNumber() };
    const line = await this.#rest<{ id: string; pendingOrderId: string }>('REST line', 'POST', '/v1/lines', body);
    if (line) this.acknowledged.lines.push({ id: line.id, orderId: line.pendingOrderId });
    await sleep(600);
  }

  /** Pieces that come over some seconds: at any moment a file is on its way. */
  async *#pieces(bytes: number): AsyncGenerator<Buffer> {
    const lines = Array.from({ length: uploadPieces * 20 }, () => record(this.#market.line, bytes));
    const file = csv(lines);
    const size = Math.ceil(file.length / uploadPieces);
    for (let from = 0; from < file.length; from += size) {
      yield file.subarray(from, from + size);
      await sleep(pieceEveryMs);
    }
  }

  async #upload(): Promise<void> {
    const path = `/v1/usageFiles?business=${this.#market.iot.name}&source=load.csv`;
    const file = await this.#recorder.time('REST file upload', async () => {
      const response = await fetch(`${this.#world.gatewayUrl}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'text/csv' },
        body: ReadableStream.from(this.#pieces(17)),
        duplex: 'half',
      });
      if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 300)}`);
      return (await response.json()) as { rated: string };
    });
    if (file) this.#rated(BigInt(file.rated), 17n);
  }

  async #uploadByGrpc(): Promise<void> {
    const file = await this.#recorder.time('gRPC file upload', () =>
      uploadUsageFile({
        address: this.#world.mesh.addresses.rating,
        token: this.#token,
        business: this.#market.iot.name,
        source: 'load.csv',
        pieces: this.#pieces(19),
      }),
    );
    if (file) this.#rated(file.rated, 19n);
  }

  #rated(records: bigint, bytes: bigint): void {
    this.acknowledged.usageRecords += records;
    this.acknowledged.usageBytes += records * bytes;
  }
}
