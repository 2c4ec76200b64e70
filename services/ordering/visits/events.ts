import {
  CreditRequestedSchema,
  CustomerBannedSchema,
  CustomerUnbannedSchema,
  PenaltyImposedSchema,
  PenaltyReleasedSchema,
  VisitStateChangedSchema,
} from '#proto/ordering/v1/events';
import { VisitState } from '#proto/ordering/v1/visit';
import type { Transaction } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';
import type { Ban, Turn } from './domain/ban.ts';
import { isVisible, type Penalty } from './domain/penalty.ts';
import type { VisitState as State, Visit } from './domain/visit.ts';
import { pointsToProto } from './points.ts';
import { banToProto, penaltyToProto } from './rpc/convertPenalty.ts';
import { visitToProto } from './rpc/convertVisit.ts';

/** Tells everybody what has become of a visit. The transaction holds its row. */
export async function emitVisit(tx: Transaction, visit: Visit, previous: State | undefined): Promise<void> {
  await emit(tx, VisitStateChangedSchema, {
    visit: visitToProto(visit),
    previousState: previous ? VisitState[previous] : VisitState.UNSPECIFIED,
    offeringName: visit.offeringName,
  });
}

/** Tells everybody which state a penalty has just entered. The transaction holds its row. */
export async function emitPenalty(tx: Transaction, penalty: Penalty): Promise<void> {
  if (!isVisible(penalty)) throw new Error(`nobody is told of penalty ${penalty.id}, which is ${penalty.state}`);
  const schema = penalty.state === 'IMPOSED' ? PenaltyImposedSchema : PenaltyReleasedSchema;
  await emit(tx, schema, { penalty: penaltyToProto(penalty), offeringName: penalty.offeringName });
}

/** Tells everybody that a customer was banned or let in again. The transaction holds the ban's row. */
export async function emitTurn(tx: Transaction, ban: Ban, turn: Turn, offeringName: string): Promise<void> {
  if (turn === undefined) return;
  const schema = turn === 'BANNED' ? CustomerBannedSchema : CustomerUnbannedSchema;
  await emit(tx, schema, { ban: banToProto(ban), offeringName });
}

/** Asks billing for points, once per key. The transaction holds what the key is made of. */
export async function emitCreditRequested(
  tx: Transaction,
  { key, customerId, points, memo }: { key: string; customerId: string; points: string; memo: string },
): Promise<void> {
  await emit(tx, CreditRequestedSchema, { key, customerId, amount: pointsToProto(points), memo });
}
