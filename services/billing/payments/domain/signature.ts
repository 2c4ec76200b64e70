import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the time in a signature may be from ours, in seconds: what was caught on the way cannot be sent again for long. */
const toleranceSeconds = 300;

/** The header's form: `t=<unix seconds>,v1=<hex>`, with further `v1` while the provider changes its secret. */
const headerForm = /^t=(\d{1,12})((?:,v1=[0-9a-f]{64}){1,8})$/;

/** HMAC-SHA256 over `<unix seconds>.<body>`, in hex. */
export function signatureOf(secret: string, seconds: number, body: Uint8Array): string {
  return createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
}

/** Whether the header is the secret's signature of the body, and made about now. */
export function isSigned(header: string | undefined, body: Uint8Array, secret: string, now: Date): boolean {
  const match = headerForm.exec(header ?? '');
  if (!match) return false;
  const seconds = Number(match[1]);
  const expected = Buffer.from(signatureOf(secret, seconds, body));
  // Every signature is compared to its end: the time it takes says nothing about how much of one is right.
  const right = (match[2] ?? '')
    .split(',v1=')
    .slice(1)
    .map((sent) => timingSafeEqual(Buffer.from(sent), expected));
  return right.includes(true) && Math.abs(now.getTime() / 1000 - seconds) <= toleranceSeconds;
}
