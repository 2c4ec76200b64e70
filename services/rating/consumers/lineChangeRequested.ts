import { type LineChangeRequested, LineChangeRequestedSchema } from '#proto/ordering/v1/events';
import { OrderAction } from '#proto/ordering/v1/order';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { instantOf } from '#shared/time/instant';
import { monthOf } from '#shared/time/month';
import { answer } from '../accounts/answer.ts';
import type { AccountAction } from '../accounts/domain/accountAction.ts';
import { type Answer, decideChange } from '../accounts/domain/decideChange.ts';
import { foldChanges } from '../accounts/domain/foldChanges.ts';
import { findAccount, insertAccount, isNumberTaken, saveState } from '../accounts/store/accounts.ts';
import { changesOf, findChange, insertChange } from '../accounts/store/changes.ts';
import { lockTimeOf } from '../periods/store/periods.ts';
import { businessNo, shareBusiness } from '../store/businesses.ts';
import { tariffTerms } from '../tariffs/tariffTerms.ts';
import { limitFromProto } from '../thresholds/limitFromProto.ts';
import { applyLimit, keepOrderedLimit } from '../thresholds/store/spendingLimits.ts';

const actions = new Map<OrderAction, AccountAction>([
  [OrderAction.ACTIVATE, 'ACTIVATE'],
  [OrderAction.SUSPEND, 'SUSPEND'],
  [OrderAction.RESUME, 'RESUME'],
  [OrderAction.TERMINATE, 'TERMINATE'],
  [OrderAction.RESTORE, 'RESTORE'],
  [OrderAction.CHANGE_OFFERING, 'CHANGE_OFFERING'],
]);

interface Request {
  orderId: string;
  action: AccountAction;
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
    const { orderId, lineId, action, effectiveTime } = request;
    const change = { orderId, lineId, action, effectiveTime, ...given(request) };
    await insertChange(tx, { ...change, answer: decision.kind, reason: decision.reason });
    await keepOrderedLimit(tx, orderId, limitFromProto(event.spendingLimit));
    if (decision.kind !== 'REFUSED') {
      await saveState(tx, request.lineId, foldChanges(await changesOf(tx, request.lineId)));
      await applyLimit(tx, request.lineId);
    }
    await answer(tx, decision.kind, { ...request, reason: decision.reason });
  });
}

/** An activation and a change of offering give the line what it is charged by; all other changes leave it. */
function given({ action, offeringId, tariffId }: Request): { offeringId?: string; tariffId?: string } {
  const gives = action === 'ACTIVATE' || action === 'CHANGE_OFFERING';
  return gives ? { offeringId, tariffId } : {};
}

async function decide(tx: Transaction, request: Request, timeZone: string): Promise<Answer> {
  // Held until the commit: no month of the business is closed between this decision and its effect.
  await shareBusiness(tx, request.businessNo);
  const account = await findAccount(tx, request.lineId, 'for update');
  const lockTime = await lockTimeOf(tx, request.businessNo, monthOf(request.effectiveTime, timeZone));
  const changesOffering = request.action === 'CHANGE_OFFERING';
  return decideChange({
    action: request.action,
    known: account !== undefined,
    tariff: await tariffTerms(tx, request.tariffId),
    currency: changesOffering ? ((await tariffTerms(tx, account?.tariffId ?? ''))?.currency ?? '') : '',
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
    offeringId: event.offeringId || line.offeringId,
    serviceNumber: line.serviceNumber,
    apn: line.apn,
  };
}
