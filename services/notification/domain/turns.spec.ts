import { expect, test } from 'vitest';
import type { QueuedMessage } from './message.ts';
import { nextTurns } from './turns.ts';

function message(id: string, customerId: string): QueuedMessage {
  return {
    id,
    customerId,
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

test('one message at a time to a customer, in order; departments are not held to that', () => {
  const due = [message('1', 'a'), message('2', 'a'), message('3', ''), message('4', ''), message('5', 'b')];
  expect(nextTurns(due, 8).map(({ id }) => id)).toEqual(['1', '3', '4', '5']);
  expect(nextTurns(due, 2).map(({ id }) => id)).toEqual(['1', '3']);
});
