import type { Database } from '#shared/database/database';
import type { Saga } from '#shared/saga/saga';
import type { Logger } from '#shared/telemetry/log';
import type { Charge } from '../saga/charge.ts';

/** What the methods of the room work with. */
export interface ChargingParts {
  database: Database;
  log: Logger;
  clock: { now(): Date };
  timeZone: string;
  saga: Saga<Charge>;
}
