import type { Money } from '#shared/money/money';

/** What the lines of a month come to. Totals are of the whole month; so that not every page adds them up anew, they go along in its token. */
export class ChargeTotals {
  lines = 0n;
  bytes = 0n;
  readonly #minor = new Map<string, bigint>();

  add(bytes: bigint, { currency, minor }: Money): void {
    this.lines += 1n;
    this.bytes += bytes;
    this.#minor.set(currency, (this.#minor.get(currency) ?? 0n) + minor);
  }

  get amounts(): Money[] {
    return [...this.#minor].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, minor]) => ({ currency, minor }));
  }

  toText(): string {
    const amounts = this.amounts.map(({ currency, minor }) => `${currency}=${minor}`);
    return [this.lines, this.bytes, ...amounts].join(' ');
  }

  static readonly form = /^\d{1,19} \d{1,40}( [A-Z]{3}=-?\d{1,40})*$/;

  static fromText(text: string): ChargeTotals {
    const [lines = '0', bytes = '0', ...amounts] = text.split(' ');
    const totals = new ChargeTotals();
    totals.lines = BigInt(lines);
    totals.bytes = BigInt(bytes);
    for (const amount of amounts) {
      const [currency = '', minor = '0'] = amount.split('=');
      totals.#minor.set(currency, BigInt(minor));
    }
    return totals;
  }
}
