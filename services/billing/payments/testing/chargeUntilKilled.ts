import { pathToFileURL } from 'node:url';
import { create } from '@bufbuild/protobuf';
import { pino } from 'pino';
import { ChargeRequestSchema, RefundRequestSchema } from '#proto/billing/v1/charge_service';
import { Breakers } from '#shared/breaker/breakers';
import { Database } from '#shared/database/database';
import { patient, won } from '../../testing/caller.ts';
import { paymentRoom } from '../room.ts';
import { chargeHandlers } from '../rpc/chargeService.ts';

/** Charges twice and gives a part of each back, each command under a key that a repetition would have too. */
export async function chargeAndRefund(databaseUrl: string, url: string, key: string): Promise<void> {
  const database = new Database(databaseUrl, { pipeline: true });
  const config = { timeLimitMs: 5_000, breakerFailures: 5, breakerHalfOpenMs: 1_000, giveUpMs: 60_000 };
  const room = paymentRoom(
    { provider: { url, key }, webhookSecret: undefined, ...config },
    { database, breakers: new Breakers(), clock: { now: () => new Date() }, log: pino({ level: 'silent' }) },
  );
  const { charge, refund } = chargeHandlers(room.parts);
  for (const turn of [1, 2]) {
    const order = { key: `charge-${turn}`, customerId: 'rider', amount: won(1_100), tax: won(100) };
    const { id } = await charge(create(ChargeRequestSchema, order), patient());
    await refund(create(RefundRequestSchema, { key: `refund-${turn}`, payment: id, amount: won(300) }), patient());
  }
  await database[Symbol.asyncDispose]();
}

// In a process of its own it is killed at its kill point.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { CHARGE_DATABASE_URL = '', CHARGE_PROVIDER_URL = '', CHARGE_PROVIDER_KEY = '' } = process.env;
  await chargeAndRefund(CHARGE_DATABASE_URL, CHARGE_PROVIDER_URL, CHARGE_PROVIDER_KEY);
}
