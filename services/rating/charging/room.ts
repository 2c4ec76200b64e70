import type { Implementation } from '#shared/rpc/implement';
import type { Dependencies } from '#shared/runtime/service';
import type { AnySaga } from '#shared/saga/saga';
import type { Worker } from '#shared/worker/worker';
import { balances } from '../calls.ts';
import type { RatingConfig } from '../config.ts';
import { expiryWorker } from './expiryWorker.ts';
import { chargingService } from './rpc/chargingService.ts';
import { chargingSaga } from './saga/chargingSaga.ts';

export interface ChargingRoom {
  rpc: Implementation[];
  sagas: AnySaga[];
  workers: Worker[];
}

/** Prepaid online charging. Building the room has no effect. */
export function chargingRoom({
  config: { timeZone },
  database,
  clients,
  clock,
  log,
}: Pick<Dependencies<RatingConfig>, 'config' | 'database' | 'clients' | 'clock' | 'log'>): ChargingRoom {
  const saga = chargingSaga(clients.for(balances), { clock, timeZone });
  return {
    rpc: [chargingService({ database, log, clock, timeZone, saga })],
    sagas: [saga],
    workers: [expiryWorker({ database, clock, saga })],
  };
}
