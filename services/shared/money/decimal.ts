import Fraction from 'fraction.js';

/**
 * Exact numbers. A price times a quantity over a month's days is a rational number, so that is what is calculated
 * with; decimals come back only where something is rounded or shown.
 */
export type Exact = Fraction;

export type RoundingMode = 'HALF_UP' | 'HALF_EVEN' | 'UP' | 'DOWN';

export const zero: Exact = new Fraction(0);

const decimalForm = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Whether a text is a plain decimal number such as `-12.50`: no exponent, no sign but minus, no spaces. */
export function isDecimal(text: string): boolean {
  return decimalForm.test(text);
}

/** The exact value of a plain decimal text. Throws a RangeError on any other text: callers have validated it. */
export function decimal(text: string): Exact {
  const match = decimalForm.exec(text);
  if (!match) throw new RangeError(`not a decimal number: ${text.slice(0, 50)}`);
  const [, sign, whole = '', part = ''] = match;
  return new Fraction(BigInt(`${sign}${whole}${part}`), 10n ** BigInt(part.length));
}

/** The exact value of a whole number. */
export function whole(value: bigint | number): Exact {
  return new Fraction(value);
}

/** Numerator over denominator, exactly. */
export function divideExact(numerator: Exact | bigint | number, denominator: Exact | bigint | number): Exact {
  return new Fraction(numerator).div(denominator);
}

/** Rounds to so many decimals; the answer is in units of the last decimal (12.345 at 2 decimals: 1235n). */
export function roundTo(value: Exact, decimals: number, mode: RoundingMode): bigint {
  return roundQuotient(value.s * value.n * 10n ** BigInt(decimals), value.d, mode);
}

/** Numerator over denominator (above zero) as a whole number. */
export function roundQuotient(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  const size = numerator < 0n ? -numerator : numerator;
  const rounded = roundUp(size / denominator, size % denominator, denominator, mode);
  return numerator < 0n ? -rounded : rounded;
}

/** Rounding of a number ≥ 0, so that UP is away from zero and halves go away from zero. */
function roundUp(quotient: bigint, rest: bigint, divisor: bigint, mode: RoundingMode): bigint {
  if (rest === 0n) return quotient;
  switch (mode) {
    case 'DOWN':
      return quotient;
    case 'UP':
      return quotient + 1n;
    case 'HALF_UP':
      return rest * 2n >= divisor ? quotient + 1n : quotient;
    case 'HALF_EVEN':
      if (rest * 2n === divisor) return quotient + (quotient % 2n);
      return rest * 2n > divisor ? quotient + 1n : quotient;
    default:
      return mode satisfies never;
  }
}

/** A scaled whole number as a decimal text: 1235n at 2 decimals is `12.35`. */
export function formatScaled(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return value < 0n ? `-${text}` : text;
}

/** The shortest exact text: a decimal, or `numerator/denominator` where no decimal is exact. */
export function exactText(value: Exact): string {
  const decimals = decimalsOf(value.d);
  if (decimals === undefined) return `${value.s < 0n ? '-' : ''}${value.n}/${value.d}`;
  return formatScaled(roundTo(value, decimals, 'DOWN'), decimals);
}

/** How many decimals a reduced fraction with this denominator needs; undefined if no number of them is enough. */
function decimalsOf(denominator: bigint): number | undefined {
  let rest = denominator;
  let twos = 0;
  let fives = 0;
  for (; rest % 2n === 0n; rest /= 2n) twos++;
  for (; rest % 5n === 0n; rest /= 5n) fives++;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}

export function larger(a: Exact, b: Exact): Exact {
  return a.gte(b) ? a : b;
}

export function smaller(a: Exact, b: Exact): Exact {
  return a.lte(b) ? a : b;
}
