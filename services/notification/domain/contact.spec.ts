import { expect, test } from 'vitest';
import { recipientOf } from './contact.ts';

const contact = { displayName: '김철수', email: 'kim@example.com', phone: '010-1234-5678' };

test('each channel has its address', () => {
  expect(recipientOf('SMS', 'customer', contact)).toEqual({ kind: 'known', address: '010-1234-5678' });
  expect(recipientOf('EMAIL', 'customer', contact)).toEqual({ kind: 'known', address: 'kim@example.com' });
});

test('an address that the event names goes first, also for a customer nobody has told of', () => {
  expect(recipientOf('EMAIL', 'customer', contact, 'bills@example.com')).toEqual({
    kind: 'known',
    address: 'bills@example.com',
  });
  expect(recipientOf('EMAIL', 'customer', undefined, 'bills@example.com').kind).toBe('known');
});

test('a customer without the address is not reached; an unknown one is awaited', () => {
  expect(recipientOf('SMS', 'customer', { ...contact, phone: '' })).toEqual({
    kind: 'none',
    why: 'the customer has no phone number',
  });
  expect(recipientOf('EMAIL', 'customer', { ...contact, email: '' }).kind).toBe('none');
  expect(recipientOf('SMS', 'customer', undefined)).toEqual({ kind: 'awaited' });
});

test('TAXI-6 a driver without a phone number is told of as a driver', () => {
  const driver = { ...contact, phone: '' };
  expect(recipientOf('SMS', 'driver', driver)).toEqual({ kind: 'none', why: 'the driver has no phone number' });
});
