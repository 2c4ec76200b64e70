import type { ChangeAction } from '#shared/activity/activity';

/** What an order may ask of an account: a change of whether it is in service, or of what it is charged by. */
export type AccountAction = ChangeAction | 'CHANGE_OFFERING';

/** A change that holds for an account, with what it gave the line: only activations and changes of offering give anything. */
export interface AccountChange {
  action: AccountAction;
  effectiveTime: Date;
  offeringId?: string;
  tariffId?: string;
}
