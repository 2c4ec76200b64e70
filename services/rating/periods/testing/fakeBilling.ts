import { create } from '@bufbuild/protobuf';
import { type LineDifference, LineDifferenceSchema } from '#proto/common/v1/line_charges';
import type { Fault } from '#shared/errors/fault';
import type { Adjustments } from '../../calls.ts';

/** A billing that charges one won a byte, and knows what it has charged. */
export class FakeBilling {
  /** Won charged so far, by line; a line that is not there is unknown. */
  readonly charged = new Map<string, bigint>();
  readonly calls: { lineIds: string[]; dryRun: boolean }[] = [];
  /** Thrown instead of an answer while it is set. */
  fault: Fault | undefined;

  get client(): () => Adjustments {
    return () => ({
      adjustMonth: async (request) => {
        const { lines = [], dryRun = false } = request;
        this.calls.push({ lineIds: lines.map(({ lineId }) => lineId ?? ''), dryRun });
        if (this.fault) throw this.fault;
        const differences = lines.flatMap(({ lineId = '', totals = [] }) => {
          const bytes = BigInt(totals.find(({ metric }) => metric === 'bytes')?.quantity ?? '0');
          return this.#adjust(lineId, bytes, dryRun);
        });
        return { $typeName: 'jangbu.billing.v1.AdjustMonthResponse', differences };
      },
    });
  }

  #adjust(lineId: string, bytes: bigint, dryRun: boolean): LineDifference[] {
    const before = this.charged.get(lineId);
    if (before === undefined) return [create(LineDifferenceSchema, { lineId, reason: 'CHARGE_ACCOUNT_NOT_FOUND' })];
    if (before === bytes) return [];
    if (!dryRun) this.charged.set(lineId, bytes);
    const won = (amount: bigint) => ({ currency: 'KRW', amount: String(amount) });
    return [
      create(LineDifferenceSchema, {
        lineId,
        usageBytesBefore: before,
        usageBytes: bytes,
        amountBefore: won(before),
        amount: won(bytes),
        difference: won(bytes - before),
      }),
    ];
  }
}
