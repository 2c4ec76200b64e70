import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { connect, headers as natsHeaders } from '@nats-io/transport-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../deploy/local/sample/until.ts';
import { activeLine, type Business, newCustomer, openBusiness } from './business.ts';
import { eventsOn } from './events.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

interface DeadLetter {
  readonly id: string;
  readonly service: string;
  readonly consumer: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly subject: string;
  readonly reason: string;
}

let world: World;
let business: Business;

beforeAll(async () => {
  world = theWorld();
  business = await openBusiness(world.operator);
});

/** Puts bytes where a service's events are, with the headers such an event has. */
async function publish(subject: string, type: string, id: string, data: Uint8Array): Promise<void> {
  const connection = await connect({ servers: world.natsUrl });
  try {
    const headers = natsHeaders();
    const source = subject.split('.')[1] ?? '';
    const cloudEvent = {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': `jangbu/${source}`,
      'ce-type': type,
      'ce-time': new Date().toISOString(),
      'ce-subject': subject.split('.').at(-1) ?? '',
      'ce-datacontenttype': 'application/protobuf',
      'Nats-Msg-Id': id,
    };
    for (const [key, value] of Object.entries(cloudEvent)) headers.set(key, value);
    await jetstream(connection).publish(subject, data, { headers });
  } finally {
    await connection.close();
  }
}

function lettersOf(eventId: string): Promise<DeadLetter[]> {
  return world.operator
    .list<DeadLetter>('/v1/deadLetters', 'deadLetters')
    .then((letters) => letters.filter((letter) => letter.eventId === eventId));
}

function parked(eventId: string, services: string[]): Promise<DeadLetter[]> {
  return until(`event ${eventId} to be parked by ${services}`, 20_000, async () => {
    const letters = await lettersOf(eventId);
    return services.every((service) => letters.some((letter) => letter.service === service)) ? letters : undefined;
  });
}

describe('MESH-3 a poisoned event', () => {
  test('MESH-3 it is parked with its cause, listed, sent again, and holds nobody up', async () => {
    const eventId = randomUUID();
    const subject = `jangbu.ordering.line.LineChangeRequested.v1.${randomUUID()}`;
    await publish(
      subject,
      'jangbu.ordering.v1.LineChangeRequested',
      eventId,
      Buffer.from('\xff\xff not a message', 'latin1'),
    );
    const letters = await parked(eventId, ['rating', 'billing']);
    expect(letters.find(({ service }) => service === 'billing')).toMatchObject({
      eventType: 'jangbu.ordering.v1.LineChangeRequested',
      subject,
      reason: 'EVENT_MALFORMED',
    });

    // The consumers go on with what comes after.
    const customer = await newCustomer(world.operator);
    await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });

    const letter = letters.find(({ service }) => service === 'billing');
    const others = letters.filter(({ id }) => id !== letter?.id);
    const redriven = await world.operator.post<DeadLetter>(`/v1/deadLetters/${letter?.id}:redrive`, {});
    expect(redriven).toMatchObject({ id: letter?.id, eventId });
    // It is as broken as before, so billing parks it anew; nobody else has seen it again.
    const anew = await until('the letter to be parked anew', 20_000, async () => {
      const now = await lettersOf(eventId);
      const found = now.find(({ service, id }) => service === 'billing' && id !== letter?.id);
      return found && !now.some(({ id }) => id === letter?.id) ? now : undefined;
    });
    expect(anew.filter(({ service }) => service !== 'billing')).toEqual(others);
    await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
  });

  test('MESH-3 an event of a version that nobody here knows is parked, one of an unknown type is passed over', async () => {
    const subject = `jangbu.ordering.line.LineChangeRequested.v2.${randomUUID()}`;
    const [newer, unknown] = [randomUUID(), randomUUID()];
    await publish(subject, 'jangbu.ordering.v2.LineChangeRequested', newer, Buffer.alloc(0));
    await publish(
      `jangbu.ordering.line.Painted.v1.${randomUUID()}`,
      'jangbu.ordering.v1.Painted',
      unknown,
      Buffer.alloc(0),
    );
    expect((await parked(newer, ['rating', 'billing']))[0]).toMatchObject({ reason: 'EVENT_MALFORMED' });
    const customer = await newCustomer(world.operator);
    await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
    expect(await lettersOf(unknown)).toEqual([]);
  });

  test('MESH-3 a letter that is not there', async () => {
    const token = await world.token('operator');
    const url = (id: string) => `${world.gatewayUrl}/v1/deadLetters/${id}:redrive`;
    expect(await request(url('999999999'), { method: 'POST', token, body: '{}' })).toMatchObject({
      status: 404,
      reason: 'DEAD_LETTER_NOT_FOUND',
    });
    expect(await request(url('abc'), { method: 'POST', token, body: '{}' })).toMatchObject({ status: 400 });
  });
});

test('MESH-3 an event that is delivered again is applied once', async () => {
  const customer = await newCustomer(world.operator);
  const line = await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
  const subject = `jangbu.ordering.line.LineChangeRequested.v1.${line.id}`;
  const [event] = await eventsOn(world.natsUrl, 'ordering', subject);
  if (event === undefined) throw new Error('no LineChangeRequested');
  // Another message with the same event id, as a relay sends that was killed after publishing: the broker keeps
  // ids for a while only, so this one goes around its check.
  const connection = await connect({ servers: world.natsUrl });
  const headers = natsHeaders();
  for (const [key, value] of Object.entries(event.headers)) if (!key.startsWith('Nats-')) headers.set(key, value);
  headers.set('Nats-Msg-Id', randomUUID());
  await jetstream(connection).publish(subject, event.data, { headers });
  await connection.close();
  // The next line comes after it in the same consumers, so once it is active the repeated event is behind us.
  await activeLine(world.operator, { customerId: customer.id, offeringId: business.offeringId });
  for (const [service, aggregate] of [
    ['rating', 'account'],
    ['billing', 'chargeAccount'],
  ] as const) {
    expect(await eventsOn(world.natsUrl, service, `jangbu.${service}.${aggregate}.*.v1.${line.id}`)).toHaveLength(1);
  }
});
