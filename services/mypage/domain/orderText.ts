import { OrderAction, OrderState } from '#proto/ordering/v1/order';
import { reasonText } from './words.ts';

/** What an order's new state means to the customer. */
export function orderText(action: OrderAction, state: OrderState, subjectName: string, reason: string): string {
  const what = `${nouns[action] ?? 'Order'} of ${subjectName}`;
  switch (state) {
    case OrderState.PENDING:
      return `${what} was ordered`;
    case OrderState.COMPLETED:
      return `${what} is done`;
    case OrderState.REJECTED:
      return `${what} was refused: ${reasonText(reason)}`;
    case OrderState.CANCELLED:
      return `${what} was cancelled`;
    case OrderState.FAILED:
      return `${what} failed: ${reasonText(reason)}`;
    case OrderState.ALREADY_TERMINATED:
      return `${what}: the line was terminated before, and nothing is charged`;
    default:
      // A state that a newer version of ordering knows.
      return `${what} changed`;
  }
}

const nouns: Record<number, string> = {
  [OrderAction.ACTIVATE]: 'Activation',
  [OrderAction.SUSPEND]: 'Suspension',
  [OrderAction.RESUME]: 'Resumption',
  [OrderAction.TERMINATE]: 'Termination',
  [OrderAction.RESTORE]: 'Restoration',
  [OrderAction.PURCHASE]: 'Purchase',
  [OrderAction.CHANGE_OFFERING]: 'Change of the offering',
};
