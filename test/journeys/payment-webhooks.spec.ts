import { expect, test } from 'vitest';
import { until } from '../../deploy/local/sample/until.ts';
import { request } from './http.ts';
import { act, boardedRide, newRider, newRides, paymentsOf } from './rides.ts';
import { theWorld } from './world.ts';

test('TAXI-4 the provider’s signed webhooks reach billing through the gateway, and nobody else’s do', async () => {
  const world = theWorld();
  const { operator } = world;
  const rider = await newRider(operator);
  const { ride } = await boardedRide(operator, rider.id, await newRides(operator));
  await act(operator, ride, 'end', { distanceMeters: 2_000, durationSeconds: 300 });
  const [payment] = await paymentsOf(operator, rider.id);
  await until('the webhook to be taken', 20_000, async () => {
    const answer = await fetch(`${world.mesh.paymentsUrl}/v1/webhooks?idempotency_key=${payment?.id}`);
    return ((await answer.json()) as { delivered: boolean }).delivered || undefined;
  });
  const forged = JSON.stringify({ type: 'payment.captured', data: { idempotency_key: payment?.id } });
  const signature = `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}`;
  for (const signed of ['', signature]) {
    const answer = await request(`${world.gatewayUrl}/v1/paymentWebhooks`, {
      method: 'POST',
      body: forged,
      headers: { 'payment-signature': signed },
    });
    expect(answer).toMatchObject({ status: 401, reason: 'WEBHOOK_SIGNATURE_INVALID' });
  }
});
