import { ChargeService } from '#proto/billing/v1/charge_service';
import { type Handlers, implement } from '#shared/rpc/implement';
import { charge } from './charge.ts';
import type { PaymentParts } from './parts.ts';
import { refund } from './refund.ts';

export function chargeService(parts: PaymentParts) {
  return implement(ChargeService, parts.database, chargeHandlers(parts));
}

export function chargeHandlers(parts: PaymentParts) {
  return {
    charge: (request, context) => charge(parts, request, context),
    refund: (request, context) => refund(parts, request, context),
  } satisfies Handlers<typeof ChargeService>;
}
