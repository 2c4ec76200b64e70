import type { Database } from '#shared/database/database';
import type { Clock } from '#shared/runtime/service';
import type { Logger } from '#shared/telemetry/log';

export interface BillRunOptions {
  /** Not in pipeline mode: what is read and written in bulk goes by COPY. */
  database: Database;
  clock: Clock;
  log: Logger;
  timeZone: string;
  /** Most lines of service on one invoice. */
  batchLines: number;
  /** How long a run waits for lines that were handed over before their order reached billing, in milliseconds. */
  patienceMs: number;
}
