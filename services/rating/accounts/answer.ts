import {
  RatingAccountChangedSchema,
  RatingAccountClosedSchema,
  RatingAccountOpenedSchema,
  RatingAccountRefusedSchema,
} from '#proto/rating/v1/events';
import type { Transaction } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';
import type { AnswerKind } from './store/changes.ts';

const schemas = {
  OPENED: RatingAccountOpenedSchema,
  CHANGED: RatingAccountChangedSchema,
  CLOSED: RatingAccountClosedSchema,
  REFUSED: RatingAccountRefusedSchema,
} as const;

/** Answers an order. The line's account is locked, or its line has none. */
export async function answer(
  tx: Transaction,
  kind: AnswerKind,
  { lineId, orderId, reason }: { lineId: string; orderId: string; reason: string },
): Promise<void> {
  await emit(tx, schemas[kind], { lineId, orderId, reason });
}
