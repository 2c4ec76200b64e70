import type { ScarcityRule } from './domain/scarcity.ts';

export interface RideSettings {
  /** A request is dispatched or cancelled within so many milliseconds. */
  dispatchLimitMs: number;
  /** A driver answers an offer within so many milliseconds. */
  offerLimitMs: number;
  /** Drivers are asked who are at most so far away from the pickup, in metres along the surface. */
  radiusMeters: number;
  scarcity: ScarcityRule;
}
