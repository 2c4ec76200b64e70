import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import pg from 'pg';
import { Api } from '../../deploy/local/sample/api.ts';
import { inParallel } from '../../deploy/local/sample/until.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { newBuyer, newGoods } from '../journeys/store.ts';

export interface PurchasesOptions {
  customers: number;
  clients: number;
  /** How long each of the measurements takes. */
  seconds: number;
}

interface Run {
  /** Whole purchases a second: quoted, paid, out of the stock, delivered, answered. */
  perSecond: number;
  /** In milliseconds. */
  p50: number;
  p99: number;
}

/**
 * Whole purchases a second through the gateway: many customers, first of many goods, then all of the same. Every call carries an
 * Idempotency-Key; the servers have their usual durability. Afterwards stock, balances, orders and deliveries must agree with
 * what was answered. False if they do not.
 */
export async function purchasesBenchmark({ customers, clients, seconds }: PurchasesOptions): Promise<boolean> {
  await using mesh = await startMesh({ durable: true, services: ['ordering', 'rating', 'billing'] });
  const token = await mesh.token('operator');
  const api = new Api({ gatewayUrl: mesh.gatewayUrl, token });
  const buyers = await inParallel(Array.from({ length: customers }), 8, () => newBuyer(api, '1000000000'));
  const goods = await inParallel(Array.from({ length: 50 }), 8, () => newGoods(api, 1_000_000, '10'));
  const [hot] = goods;
  const ids = buyers.map(({ customer }) => customer.id);
  const load = new PurchaseLoad(mesh.gatewayUrl, token, clients);

  console.log(`Purchases through the gateway: ${customers} customers, ${clients} clients, ${seconds} s each\n`);
  console.log('                purchases/s     p50 ms     p99 ms');
  // Once without being counted: code gets compiled, connections are made, pages come in.
  await load.run(
    ids,
    goods.map(({ id }) => id),
    Math.min(seconds, 5),
  );
  print(
    '50 kinds of goods',
    await load.run(
      ids,
      goods.map(({ id }) => id),
      seconds,
    ),
  );
  print('one kind', await load.run(ids, [hot?.id ?? ''], seconds));
  load.close();
  return agrees(mesh, load.bought);
}

function print(label: string, { perSecond, p50, p99 }: Run): void {
  const columns = [perSecond.toFixed(1).padStart(9), p50.toFixed(1).padStart(9), p99.toFixed(1).padStart(9)];
  console.log(`${label.padEnd(18)} ${columns.join('  ')}`);
}

/** Clients that each buy, wait for the answer, and buy again. The least client that speaks HTTP, which shares the machine's cores. */
class PurchaseLoad {
  /** Purchases that were answered as COMPLETED. */
  bought = 0;
  readonly #agent: Agent;
  readonly #url: URL;
  readonly #token: string;
  readonly #clients: number;

  constructor(gatewayUrl: string, token: string, clients: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: clients });
    this.#url = new URL('/v1/purchases', gatewayUrl);
    this.#token = token;
    this.#clients = clients;
  }

  async run(customers: readonly string[], offerings: readonly string[], seconds: number): Promise<Run> {
    const started = performance.now();
    const end = started + seconds * 1000;
    const latencies: number[] = [];
    let turn = 0;
    const client = async () => {
      while (performance.now() < end) {
        turn += 1;
        const [customerId, offeringId] = [customers[turn % customers.length], offerings[turn % offerings.length]];
        const began = performance.now();
        const { state, stateReason } = await this.#buy(JSON.stringify({ customerId, offeringId, quantity: 1 }));
        latencies.push(performance.now() - began);
        if (state !== 'ORDER_STATE_COMPLETED') throw new Error(`a purchase ended as ${state} ${stateReason ?? ''}`);
        this.bought += 1;
      }
    };
    await Promise.all(Array.from({ length: this.#clients }, client));
    const sorted = Float64Array.from(latencies).sort();
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { perSecond: latencies.length / ((performance.now() - started) / 1000), p50: at(0.5), p99: at(0.99) };
  }

  #buy(body: string): Promise<{ state?: string; stateReason?: string }> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    };
    return new Promise((resolve, reject) => {
      const call = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
      });
      call.on('error', reject).end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Every purchase that was answered is an order, a delivery, a piece less and ten won less, and nothing else is. */
async function agrees(mesh: Mesh, bought: number): Promise<boolean> {
  const [ordered] = await rows(
    mesh.databaseUrl('ordering'),
    `select (select count(*) from orders where state = 'COMPLETED')::int as orders,
       (select count(*) from orders where state <> 'COMPLETED')::int as others,
       (select count(*) from deliveries where state = 'READY')::int as deliveries,
       (select sum(1000000 - quantity) from stocks)::int as pieces`,
  );
  const [paid] = await rows(
    mesh.databaseUrl('billing'),
    `select (sum(1000000000 - balance) / 10)::int as paid, sum(reserved)::int as reserved from accounts`,
  );
  const found = { ...ordered, ...paid };
  const wanted = { orders: bought, others: 0, deliveries: bought, pieces: bought, paid: bought, reserved: 0 };
  const same = JSON.stringify(found) === JSON.stringify(wanted);
  if (!same) console.log(JSON.stringify({ found, wanted }));
  console.log(`\n${same ? 'All' : 'NOT all'} ${bought} purchases are in stock, balances, orders and deliveries.`);
  return same;
}

async function rows(url: string, query: string): Promise<object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(query)).rows;
  } finally {
    await client.end();
  }
}
