import { AdjustmentService } from '#proto/billing/v1/adjustment_service';
import { BalanceService } from '#proto/billing/v1/balance_service';
import { UsagePartitionService } from '#proto/rating/v1/usage_partition_service';
import { type ClientOf, callsOf } from '#shared/rpc/calls';

/** What charging sessions do to prepaid balances. */
export const balances = callsOf(BalanceService, 'reserve', 'commit', 'release', 'debit');
export type Balances = ClientOf<typeof balances>;

/** What a month that is rated again comes to. */
export const adjustments = callsOf(AdjustmentService, 'adjustMonth');
export type Adjustments = ClientOf<typeof adjustments>;

/** Other processes of rating, each by its own address: who owns the records' lines. */
export const partitions = callsOf(UsagePartitionService, 'takeUsage');
