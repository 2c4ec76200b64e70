import { RatingAccountUnusedSchema } from '#proto/rating/v1/events';
import { RatingAccountService } from '#proto/rating/v1/rating_account_service';
import type { Database } from '#shared/database/database';
import { emit } from '#shared/outbox/outbox';
import { command } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import { findAccount } from '../store/accounts.ts';
import { recordUnused } from '../store/unusedAnswers.ts';

/** IOT-4: what ordering asks before it terminates a line that is terminated already. */
export function accountService(database: Database) {
  return implement(RatingAccountService, database, {
    checkAccountUse: command(async ({ lineId, orderId }, tx) => {
      const account = await findAccount(tx, lineId, 'for update');
      const inUse = account?.open ?? false;
      if (!inUse && (await recordUnused(tx, orderId, lineId))) {
        await emit(tx, RatingAccountUnusedSchema, { lineId, orderId, reason: '' });
      }
      return { inUse };
    }),
  });
}
