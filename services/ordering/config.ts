import { readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';
import type { RideSettings } from './rides/settings.ts';

export interface OrderingConfig extends ServiceConfig {
  /** How long rating and billing have to confirm a change of a line, in milliseconds. */
  lineSagaTimeLimitMs: number;
  /** How long billing has to reserve what a purchase costs, in milliseconds. */
  purchaseReserveTimeLimitMs: number;
  /** How long the reservation holds, in milliseconds: longer than billing is ever away, or the purchase fails. */
  purchaseHoldMs: number;
  rides: RideSettings;
  /** How long billing has to post a penalty, in milliseconds: later than that it does not any more. */
  penaltyPostingLimitMs: number;
  /** How long billing may take to answer the request for a visit's points before it is asked again, in milliseconds. */
  visitCreditAskAgainMs: number;
}

export function readConfig(variables: NodeJS.ProcessEnv): OrderingConfig {
  return readEnvironment(variables, (environment) => ({
    ...readServiceConfig(environment),
    lineSagaTimeLimitMs: environment.integer('LINE_SAGA_TIME_LIMIT_MS', 30_000, { min: 100, max: 86_400_000 }),
    purchaseReserveTimeLimitMs: environment.integer('PURCHASE_RESERVE_TIME_LIMIT_MS', 10_000, {
      min: 100,
      max: 86_400_000,
    }),
    purchaseHoldMs: environment.integer('PURCHASE_HOLD_MS', 300_000, { min: 1_000, max: 604_800_000 }),
    rides: {
      dispatchLimitMs: environment.integer('RIDE_DISPATCH_LIMIT_MS', 55_000, { min: 100, max: 3_600_000 }),
      offerLimitMs: environment.integer('RIDE_OFFER_LIMIT_MS', 15_000, { min: 100, max: 3_600_000 }),
      radiusMeters: environment.integer('RIDE_SEARCH_RADIUS_METERS', 50_000, { min: 1, max: 5_000_000 }),
      scarcity: {
        rides: environment.integer('RIDE_SCARCITY_RIDES', 3, { max: 100 }),
        windowMs: environment.integer('RIDE_SCARCITY_WINDOW_MS', 60_000, { min: 1_000, max: 3_600_000 }),
      },
    },
    penaltyPostingLimitMs: environment.integer('PENALTY_POSTING_LIMIT_MS', 5_000, { min: 100, max: 3_600_000 }),
    visitCreditAskAgainMs: environment.integer('VISIT_CREDIT_ASK_AGAIN_MS', 86_400_000, {
      min: 100,
      max: 604_800_000,
    }),
  }));
}
