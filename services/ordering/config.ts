import { readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';

export interface OrderingConfig extends ServiceConfig {
  /** How long rating and billing have to confirm a change of a line, in milliseconds. */
  lineSagaTimeLimitMs: number;
  /** How long billing has to reserve what a purchase costs, in milliseconds. */
  purchaseReserveTimeLimitMs: number;
  /** How long the reservation holds, in milliseconds: longer than billing is ever away, or the purchase fails. */
  purchaseHoldMs: number;
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
  }));
}
