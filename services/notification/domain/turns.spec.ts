import { expect, test } from 'vitest';
import type { Addressee, QueuedMessage } from './message.ts';
import { nextTurns } from './turns.ts';

function message(id: string, addressee: Addressee): QueuedMessage {
  return {
    id,
    addressee,
    channel: 'SMS',
    to: '010',
    template: 't',
    subject: '',
    body: '',
    attachments: [],
    attempts: 0,
    createTime: new Date(0),
    traceparent: null,
  };
}

const customer = (id: string): Addressee => ({ kind: 'customer', id });
const department: Addressee = { kind: 'department' };

test('one message at a time to a customer, in order; departments are not held to that', () => {
  const due = [
    message('1', customer('a')),
    message('2', customer('a')),
    message('3', department),
    message('4', department),
    message('5', customer('b')),
  ];
  expect(nextTurns(due, 8).map(({ id }) => id)).toEqual(['1', '3', '4', '5']);
  expect(nextTurns(due, 2).map(({ id }) => id)).toEqual(['1', '3']);
});

test('TAXI-6 nor are two messages to a driver on their way at once; a customer of the same id is somebody else', () => {
  const driver: Addressee = { kind: 'driver', id: 'a' };
  const due = [message('1', driver), message('2', driver), message('3', customer('a'))];
  expect(nextTurns(due, 8).map(({ id }) => id)).toEqual(['1', '3']);
});
