import { expect, test } from 'vitest';
import { recipientOf } from './contact.ts';

const contact = { customerId: 'c', displayName: '김철수', email: 'kim@example.com', phone: '010-1234-5678' };

test('each channel has its address', () => {
  expect(recipientOf('SMS', contact)).toEqual({ kind: 'known', address: '010-1234-5678' });
  expect(recipientOf('EMAIL', contact)).toEqual({ kind: 'known', address: 'kim@example.com' });
});

test('an address that the event names goes first, also for a customer nobody has told of', () => {
  expect(recipientOf('EMAIL', contact, 'bills@example.com')).toEqual({ kind: 'known', address: 'bills@example.com' });
  expect(recipientOf('EMAIL', undefined, 'bills@example.com').kind).toBe('known');
});

test('a customer without the address is not reached; an unknown one is awaited', () => {
  expect(recipientOf('SMS', { ...contact, phone: '' })).toEqual({
    kind: 'none',
    why: 'the customer has no phone number',
  });
  expect(recipientOf('EMAIL', { ...contact, email: '' }).kind).toBe('none');
  expect(recipientOf('SMS', undefined)).toEqual({ kind: 'awaited' });
});
