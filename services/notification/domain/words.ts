import { DeliveryState } from '#proto/ordering/v1/delivery';
import { OrderAction, OrderState } from '#proto/ordering/v1/order';

// An action or state that a newer ordering knows and this code does not falls back to words that are still true.
const actions: Partial<Record<OrderAction, string>> = {
  [OrderAction.ACTIVATE]: 'activation',
  [OrderAction.SUSPEND]: 'suspension',
  [OrderAction.RESUME]: 'resumption',
  [OrderAction.TERMINATE]: 'termination',
  [OrderAction.RESTORE]: 'restoration',
  [OrderAction.PURCHASE]: 'purchase',
  [OrderAction.CHANGE_OFFERING]: 'change of the offering',
};

const states: Partial<Record<OrderState, string>> = {
  [OrderState.PENDING]: 'is being processed',
  [OrderState.COMPLETED]: 'is completed',
  [OrderState.REJECTED]: 'was refused',
  [OrderState.CANCELLED]: 'was cancelled',
  [OrderState.FAILED]: 'has failed',
  [OrderState.ALREADY_TERMINATED]: 'was not needed: the line had already been terminated',
};

const deliveries: Partial<Record<DeliveryState, string>> = {
  [DeliveryState.SHIPPED]: 'is on its way',
  [DeliveryState.COMPLETED]: 'has arrived',
};

export function deliveryWords(state: DeliveryState): string | undefined {
  return deliveries[state];
}

export function actionWords(action: OrderAction): string {
  return actions[action] ?? 'order';
}

export function stateWords(state: OrderState): string {
  return states[state] ?? 'has changed';
}

/** A reason of the error catalogue as words: `SERVICE_NUMBER_IN_USE` → `service number in use`. */
export function reasonWords(reason: string): string {
  return /^[A-Z0-9_]+$/.test(reason) ? reason.toLowerCase().replaceAll('_', ' ') : reason;
}

/** An amount of the contract to read: `12345.50 USD` → `12,345.50 USD`. */
export function moneyWords(money: { amount: string; currency: string } | undefined): string {
  return money ? `${quantityWords(money.amount)} ${money.currency}` : '';
}

/** A quantity to read: `1048576.5` → `1,048,576.5`. */
export function quantityWords(quantity: string): string {
  const [whole = '', decimals] = quantity.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

/** Whether an amount is there and not zero, however many decimals it is written with. */
export function isSome(money: { amount: string } | undefined): boolean {
  return money !== undefined && /[1-9]/.test(money.amount);
}
