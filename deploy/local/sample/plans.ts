/** The sample business sells three plans, each an offering with a tariff of the same id. */

const MIB = 1024 * 1024;

interface Plan {
  readonly id: string;
  readonly name: string;
  /** Monthly fee in KRW, without tax. */
  readonly fee: string;
  /** Volume that the fee pays for, in MiB. */
  readonly allowanceMib: number;
  /** Prices per MiB beyond it. */
  readonly tiers: readonly {
    readonly upTo?: string;
    readonly unitPrice: string;
  }[];
}

export const PLANS: readonly Plan[] = [
  {
    id: 'iot-meter',
    name: 'IoT 미터 5M',
    fee: '1200',
    allowanceMib: 5,
    tiers: [{ upTo: '20', unitPrice: '22.5' }, { unitPrice: '11' }],
  },
  {
    id: 'iot-tracker',
    name: 'IoT 트래커 200M',
    fee: '3900',
    allowanceMib: 200,
    tiers: [{ upTo: '500', unitPrice: '5.5' }, { unitPrice: '2.75' }],
  },
  {
    id: 'iot-video',
    name: 'IoT 비디오 10G',
    fee: '16500',
    allowanceMib: 10 * 1024,
    tiers: [{ upTo: '10240', unitPrice: '1.1' }, { unitPrice: '0.55' }],
  },
];

/** The plan's price list as rating takes it: 10 % tax, the fee by the days in service, the volume by tiers. */
export function tariffOf(plan: Plan): object {
  return {
    id: plan.id,
    displayName: plan.name,
    currency: 'KRW',
    taxRate: '0.1',
    versions: [
      {
        components: [
          {
            name: '월정액',
            recurring: { amount: plan.fee, proration: 'PRORATION_DAILY' },
          },
          {
            name: '데이터',
            metric: 'bytes',
            unit: String(MIB),
            allowance: String(plan.allowanceMib * MIB),
            graduated: { tiers: plan.tiers },
          },
        ],
      },
    ],
  };
}

export function offeringOf(plan: Plan, business: string): object {
  return {
    id: plan.id,
    business,
    kind: 'OFFERING_KIND_LINE',
    displayName: plan.name,
    tariffId: plan.id,
  };
}
