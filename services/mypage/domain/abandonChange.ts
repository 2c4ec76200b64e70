import { type Line, LineState } from '#proto/ordering/v1/line';
import { OrderAction } from '#proto/ordering/v1/order';

/**
 * Takes a failed order off its line; a line that never came into service becomes FAILED. Undefined where the line is not
 * waiting for that order.
 */
export function abandonChange(line: Line, orderId: string, action: OrderAction): Line | undefined {
  if (line.pendingOrderId !== orderId) return undefined;
  const state = action === OrderAction.ACTIVATE ? LineState.FAILED : line.state;
  return { ...line, pendingOrderId: '', state };
}
