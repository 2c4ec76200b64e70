import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { requireOwner } from '#shared/rpc/ownership';
import type { Order } from '../../orders/domain/order.ts';
import { placeOrder } from '../../orders/placeOrder.ts';
import { claimed, decideCommand, type Verdict } from '../domain/lifecycle.ts';
import type { Line, LineCommand } from '../domain/line.ts';
import { lockLine } from '../store/readLines.ts';
import { saveLine } from '../store/writeLines.ts';
import { chosenTime } from './chosenTime.ts';
import { lineNotFound } from './convert.ts';

/** What every command for a line says. */
export interface CommandRequest {
  line: string;
  effectiveTime?: Timestamp | undefined;
  etag: string;
}

/** What is left of the verdicts once the refusals are thrown. */
export type Permitted = Extract<Verdict, { kind: 'change' | 'check-use' }>;

/** The line, locked, and what the command comes to. Refusals are thrown and have changed nothing. */
export async function permittedLine(
  action: LineCommand,
  request: CommandRequest,
  tx: Transaction,
  context: CallContext,
): Promise<{ line: Line; verdict: Permitted }> {
  const line = await lockLine(tx, request.line);
  if (!line) throw lineNotFound(request.line);
  requireOwner(context.caller, line.customerId, lineNotFound(request.line));
  checkEtag(request.etag || context.ifMatch, line.revision);
  const verdict = decideCommand(line, action);
  if (verdict.kind === 'busy') throw busy(verdict.orderId);
  if (verdict.kind === 'forbidden') throw forbidden(line, action);
  return { line, verdict };
}

/** Places the command's order and has it claim the line. */
export async function placeCommand(
  tx: Transaction,
  { line, action, offeringId }: { line: Line; action: LineCommand; offeringId: string },
  request: CommandRequest,
  context: CallContext,
  now: Date,
): Promise<{ order: Order<LineCommand>; line: Line }> {
  const effectiveTime = chosenTime('effective_time', request.effectiveTime, context, { now, since: line.changeTime });
  const order = await placeOrder(
    tx,
    {
      id: newId(),
      business: line.business,
      kind: 'LINE',
      action,
      customerId: line.customerId,
      offeringId,
      subjectId: line.id,
      subjectName: line.serviceNumber,
      effectiveTime,
    },
    now,
  );
  const changing = claimed(line, order.id, now);
  await saveLine(tx, changing);
  return { order, line: changing };
}

function busy(orderId: string): Fault {
  return new Fault('LINE_CHANGE_IN_PROGRESS', {
    message: `order ${orderId} is changing the line right now`,
    metadata: { order_id: orderId },
  });
}

function forbidden({ state }: Line, action: LineCommand): Fault {
  return new Fault('LINE_STATE_FORBIDS', {
    message: `a line that is ${state} does not take ${action}`,
    metadata: { state, action },
  });
}
