import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { CustomerSchema } from '#proto/ordering/v1/customer';
import { CustomerChangedSchema } from '#proto/ordering/v1/events';
import { aggregateId, eventType, subjectOf } from './eventType.ts';

test('the contract says what an event is about', () => {
  expect(eventType(CustomerChangedSchema)).toMatchObject({
    name: 'jangbu.ordering.v1.CustomerChanged',
    service: 'ordering',
    aggregate: 'customer',
    version: 'v1',
  });
  const message = create(CustomerChangedSchema, { customer: { id: 'c1' } });
  expect(aggregateId(CustomerChangedSchema, message)).toBe('c1');
  expect(subjectOf(CustomerChangedSchema, 'c1')).toBe('jangbu.ordering.customer.CustomerChanged.v1.c1');
});

test('a message without the option is no event', () => {
  expect(() => eventType(CustomerSchema)).toThrow('jangbu.ordering.v1.Customer is no event');
});

test('an event about nothing is refused', () => {
  for (const init of [{}, { customer: {} }]) {
    const message = create(CustomerChangedSchema, init);
    expect(() => aggregateId(CustomerChangedSchema, message)).toThrow('names no customer');
  }
});
