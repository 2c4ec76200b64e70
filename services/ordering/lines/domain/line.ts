/** PENDING until rating and billing have both confirmed the activation; FAILED if they never did. */
export type LineState = 'PENDING' | 'ACTIVE' | 'SUSPENDED' | 'TERMINATED' | 'FAILED';

/** What can be asked of a line that exists. */
export type LineCommand = 'SUSPEND' | 'RESUME' | 'TERMINATE' | 'RESTORE' | 'CHANGE_OFFERING';

export type LineAction = 'ACTIVATE' | LineCommand;

export interface Line {
  id: string;
  customerId: string;
  offeringId: string;
  business: string;
  serviceNumber: string;
  apn: string;
  /** Empty: the customer's own. */
  email: string;
  /** Empty: the customer's own. */
  address: string;
  /** Empty until billing has named the account. */
  accountId: string;
  state: LineState;
  activateTime: Date;
  /** Since when the present state and offering hold. */
  changeTime: Date;
  createTime: Date;
  updateTime: Date;
  pendingOrderId: string | undefined;
  revision: bigint;
}
