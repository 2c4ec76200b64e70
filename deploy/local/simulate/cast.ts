import type { Api } from '../sample/api.ts';
import type { Random } from '../sample/random.ts';
import { inParallel } from '../sample/until.ts';
import { somewhere } from './city.ts';

/** Who plays in an evening, by id. */
export interface Cast {
  readonly riders: readonly string[];
  readonly drivers: readonly string[];
}

export interface Stage {
  readonly api: Api;
  readonly random: Random;
  /** Makes ids and keys that no other evening has. */
  readonly key: (what: string) => string;
}

/** Registers riders, each with a card, and drivers, who go to work somewhere in the city. */
export async function hire(stage: Stage, riders: number, drivers: number): Promise<Cast> {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  return {
    riders: await inParallel(numbers(riders), 8, (number) => hireRider(stage, number)),
    drivers: await inParallel(numbers(drivers), 8, (number) => hireDriver(stage, number)),
  };
}

/** Sends the drivers home; one whose ride the end of the evening cut off is still with it. */
export async function sendHome({ api, key }: Stage, { drivers }: Cast): Promise<void> {
  await inParallel(drivers, 8, (id) => api.post(`/v1/drivers/${id}:goOffline`, {}, key(`off-${id}`)).catch(() => {}));
}

async function hireRider({ api, random, key }: Stage, number: number): Promise<string> {
  const id = key(`rider-${number}`);
  const person = {
    id,
    displayName: `승객 ${number}`,
    email: `${id}@example.com`,
    phone: '+82-10-5555-0900',
    address: '서울',
  };
  await api.post('/v1/customers', person, id);
  // One card in fifty is declined when it comes to paying.
  const card = { customerId: id, token: random.below(50) === 0 ? 'tok_declined' : 'tok_visa' };
  await api.post('/v1/paymentMethods', card, key(`card-${number}`));
  return id;
}

async function hireDriver({ api, random, key }: Stage, number: number): Promise<string> {
  const id = key(`driver-${number}`);
  const person = { id, displayName: `기사 ${number}`, vehicle: `12가 ${1000 + number}`, phone: '+82-10-5555-0901' };
  await api.post('/v1/drivers', person, id);
  await api.post(`/v1/drivers/${id}:goOnline`, { location: somewhere(random) }, key(`on-${number}`));
  return id;
}
