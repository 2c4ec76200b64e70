import { type LineChangeRequested, LineChangeRequestedSchema } from '#proto/ordering/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import type { ChangeAction } from '#shared/activity/activity';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { instantOf } from '#shared/time/instant';
import { monthOf } from '#shared/time/month';
import { answer } from '../accounts/answer.ts';
import { type Answer, decideChange } from '../accounts/domain/decideChange.ts';
import { foldChanges } from '../accounts/domain/foldChanges.ts';
import { findAccount, insertAccount, isNumberTaken, saveState } from '../accounts/store/accounts.ts';
import { changesOf, findChange, insertChange } from '../accounts/store/changes.ts';
import { lockTimeOf } from '../periods/store/periods.ts';
import { businessNo, shareBusiness } from '../store/businesses.ts';
import { tariffExists } from '../tariffs/store/tariffs.ts';

const actions = new Map<OrderAction, ChangeAction>([
  [OrderAction.ACTIVATE, 'ACTIVATE'],
  [OrderAction.SUSPEND, 'SUSPEND'],
  [OrderAction.RESUME, 'RESUME'],
  [OrderAction.TERMINATE, 'TERMINATE'],
  [OrderAction.RESTORE, 'RESTORE'],
]);

interface Request {
  orderId: string;
  action: ChangeAction;
  effectiveTime: Date;
  tariffId: string;
  lineId: string;
  businessNo: number;
  customerId: string;
  offeringId: string;
  serviceNumber: string;
  apn: string;
}

/** IOT-1, IOT-2: applies an order's change to the line's rating account and answers it; once an order. */
export function onLineChangeRequested(timeZone: string) {
  return on(LineChangeRequestedSchema, async (event, tx) => {
    const before = await findChange(tx, event.orderId);
    if (before) {
      await findAccount(tx, before.lineId, 'for update');
      await answer(tx, before.answer, before);
      return;
    }
    const request = await readRequest(event, tx);
    const decision = await decide(tx, request, timeZone);
    if (decision.kind === 'OPENED') await insertAccount(tx, request);
    await insertChange(tx, { ...request, answer: decision.kind, reason: decision.reason });
    if (decision.kind !== 'REFUSED') {
      await saveState(tx, request.lineId, foldChanges(await changesOf(tx, request.lineId)));
    }
    await answer(tx, decision.kind, { ...request, reason: decision.reason });
  });
}

async function decide(tx: Transaction, request: Request, timeZone: string): Promise<Answer> {
  // Held until the commit: no month of the business is closed between this decision and its effect.
  await shareBusiness(tx, request.businessNo);
  const account = await findAccount(tx, request.lineId, 'for update');
  const lockTime = await lockTimeOf(tx, request.businessNo, monthOf(request.effectiveTime, timeZone));
  return decideChange({
    action: request.action,
    known: account !== undefined,
    tariffKnown: await tariffExists(tx, request.tariffId),
    numberTaken: await isNumberTaken(tx, account ?? request),
    monthLocked: lockTime !== undefined && request.effectiveTime < lockTime,
  });
}

async function readRequest(event: LineChangeRequested, tx: Transaction): Promise<Request> {
  const { line, effectiveTime } = event;
  const action = actions.get(event.action);
  if (!line || !effectiveTime || !action || line.business === '') {
    throw new Fault('EVENT_MALFORMED', { message: 'a change needs line, business, action and effective time' });
  }
  return {
    orderId: event.orderId,
    action,
    effectiveTime: instantOf(effectiveTime),
    tariffId: event.tariffId,
    lineId: line.id,
    businessNo: await businessNo(tx, line.business),
    customerId: line.customerId,
    offeringId: line.offeringId,
    serviceNumber: line.serviceNumber,
    apn: line.apn,
  };
}
