import type { Breakers } from '#shared/breaker/breakers';
import type { Database } from '#shared/database/database';
import type { Implementation } from '#shared/rpc/implement';
import type { Clock } from '#shared/runtime/service';
import type { Logger } from '#shared/telemetry/log';
import type { Worker } from '#shared/worker/worker';
import type { PaymentConfig } from '../config.ts';
import { guarded } from './provider/guarded.ts';
import { httpProvider } from './provider/httpProvider.ts';
import type { PaymentProvider } from './provider/provider.ts';
import { isUnavailable, noProvider } from './provider/unavailable.ts';
import { chargeService } from './rpc/chargeService.ts';
import type { PaymentParts } from './rpc/parts.ts';
import { paymentService } from './rpc/paymentService.ts';
import { Cashier } from './settle/cashier.ts';
import { followUpWorker } from './workers/followUp.ts';

interface Surroundings {
  database: Database;
  breakers: Breakers;
  clock: Clock;
  log: Logger;
}

/** What of billing lets customers pay at once. */
export interface PaymentRoom {
  parts: PaymentParts;
  rpc: Implementation[];
  workers: Worker[];
}

export function paymentRoom(config: PaymentConfig, { database, breakers, clock, log }: Surroundings): PaymentRoom {
  const provider = providerOf(config, breakers);
  const { giveUpMs, timeLimitMs } = config;
  const cashier = new Cashier({ database, provider, clock, log, giveUpMs });
  const parts = { database, clock, provider, cashier, webhookSecret: config.webhookSecret, timeLimitMs };
  return {
    parts,
    rpc: [chargeService(parts), paymentService(parts)],
    workers: [followUpWorker({ database, cashier, clock, log })],
  };
}

function providerOf(config: PaymentConfig, breakers: Breakers): PaymentProvider {
  const { provider, timeLimitMs, breakerFailures: failures, breakerHalfOpenMs: halfOpenAfterMs } = config;
  if (!provider) return noProvider;
  const breaker = breakers.create('payment-provider', { failures, halfOpenAfterMs, counts: isUnavailable });
  return guarded(httpProvider({ ...provider, timeLimitMs }), breaker);
}
