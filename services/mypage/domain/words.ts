/** `SERVICE_NUMBER_IN_USE` as a person reads it: the known ones in words, the others spelled out. */
export function reasonText(reason: string): string {
  return known[reason] ?? (reason.toLowerCase().replaceAll('_', ' ') || 'no reason was given');
}

const known: Record<string, string> = {
  SERVICE_NUMBER_IN_USE: 'another line uses this number',
  SAGA_TIMED_OUT: 'it was not confirmed in time; please try again',
  DEPENDENCY_UNAVAILABLE: 'it could not be processed; please try again',
  CIRCUIT_OPEN: 'it could not be processed; please try again',
  TARIFF_NOT_FOUND: 'the product has no tariff',
  TARIFF_VERSION_NOT_FOUND: 'the product has no tariff for that time',
  ACCOUNT_NOT_FOUND: 'there is no such account',
  ACCOUNT_MISMATCH: 'the account cannot be charged for it',
  PERIOD_CLOSED: 'the month is closed already',
  INSUFFICIENT_BALANCE: 'there is too little on the account',
  OUT_OF_STOCK: 'there are not enough pieces in stock',
  CONTENT_ALREADY_OWNED: 'it was bought before',
  CURRENCY_MISMATCH: 'no account is in the currency of the price',
  RESERVATION_STATE_FORBIDS: 'it took too long; please try again',
  LINE_STILL_IN_USE: 'the line is still in use',
  NO_DRIVER_AVAILABLE: 'no driver was available; please try again',
  PAYMENT_METHOD_MISSING: 'there is no payment method',
  PAYMENT_DECLINED: 'it was declined',
  PAYMENT_PROVIDER_UNAVAILABLE: 'it could not be processed; please try again',
};

/** An amount as a person reads it: `1234567.50 USD` becomes `1,234,567.50 USD`. */
export function amountText(money: { currency: string; amount: string } | undefined): string {
  if (!money) return '';
  const [whole = '', decimals] = money.amount.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${decimals === undefined ? grouped : `${grouped}.${decimals}`} ${money.currency}`;
}

/** An instant to the minute in a time zone: `2026-11-02 09:30`. */
export function minuteText(instant: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant);
}

/** Whether an amount is there and not zero, however many decimals it is written with. */
export function isSome(money: { amount: string } | undefined): boolean {
  return money !== undefined && /[1-9]/.test(money.amount);
}

/** Metres as a person reads them, exactly: `850 m`, `5.23 km`. */
export function distanceText(meters: bigint): string {
  if (meters < 1_000n) return `${meters} m`;
  const thousandths = String(meters % 1_000n)
    .padStart(3, '0')
    .replace(/0+$/, '');
  return `${meters / 1_000n}${thousandths && `.${thousandths}`} km`;
}

/** Seconds as a person reads them, exactly: `18 min 20 s`, `1 h 5 min`. */
export function durationText(seconds: bigint): string {
  const parts = [
    [seconds / 3_600n, 'h'],
    [(seconds / 60n) % 60n, 'min'],
    [seconds % 60n, 's'],
  ] as const;
  const told = parts.filter(([count]) => count > 0n).map(([count, unit]) => `${count} ${unit}`);
  return told.join(' ') || '0 s';
}
