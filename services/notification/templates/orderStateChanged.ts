import type { OrderStateChanged } from '#proto/ordering/v1/events';
import type { Order } from '#proto/ordering/v1/order';
import type { Draft } from '../domain/message.ts';
import { actionWords, reasonWords, stateWords } from '../domain/words.ts';

/** Text message at every change of an order's state: what it is about, what was asked, and how it stands. */
export function orderStateChanged({ subjectName }: OrderStateChanged, order: Order): Draft {
  const about = subjectName || order.subjectId || order.id;
  const reason = order.stateReason && ` (${reasonWords(order.stateReason)})`;
  return {
    channel: 'SMS',
    template: 'order-state-changed',
    subject: '',
    body: `[Jangbu] ${about}: the ${actionWords(order.action)} ${stateWords(order.state)}${reason}.`,
    attachments: [],
  };
}
