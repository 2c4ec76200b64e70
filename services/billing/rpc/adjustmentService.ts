import { AdjustmentService } from '#proto/billing/v1/adjustment_service';
import { implement } from '#shared/rpc/implement';
import { type Adjusting, adjustMonth } from './adjustMonth.ts';

export function adjustmentService(adjusting: Adjusting) {
  return implement(AdjustmentService, adjusting.database, {
    adjustMonth: (request) => adjustMonth(adjusting, request),
  });
}
