import type { Line } from '#proto/ordering/v1/line';
import type { ChangeAction } from '#shared/activity/activity';

/** An order's change of a line, complete. */
export interface LineChange {
  orderId: string;
  line: Line;
  action: ChangeAction | 'CHANGE_OFFERING';
  effectiveTime: Date;
  tariffId: string;
  /** Empty unless the offering changes. */
  offeringId: string;
}
