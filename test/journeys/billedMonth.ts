import { closeMonth } from '../../deploy/local/sample/closeMonth.ts';
import { APNS, serviceNumber } from '../../deploy/local/sample/fleet.ts';
import type { Line, UsageFile } from '../../deploy/local/sample/resources.ts';
import { usageFile } from '../../deploy/local/sample/usageFile.ts';
import { type Plan, totalsOf } from './bills.ts';
import {
  activeLine,
  type Business,
  change,
  MONTH,
  moment,
  newAccount,
  newCustomer,
  newServiceNumber,
  openBusiness,
  upload,
} from './business.ts';
import type { World } from './world.ts';

export const DAYS = new Date(Number(MONTH.slice(0, 4)), Number(MONTH.slice(5)), 0).getDate();

export const PLAN: Plan = {
  fee: 4_400n,
  allowanceBytes: 50n * 1_048_576n,
  tiers: [{ upToMib: 100n, hundredthsPerMib: 550n }, { hundredthsPerMib: 275n }],
};

/** What each line of the month lives through, and on how many days it was in service by hand count. */
export const LIVES = [
  { name: 'whole month', from: 1, changes: [], days: DAYS, active: [[1]] },
  { name: 'activated on the 11th', from: 11, changes: [], days: DAYS - 10, active: [[11]] },
  {
    name: 'terminated on the 15th at noon',
    from: 1,
    changes: [['terminate', 15, '12:00:00']],
    days: 15,
    active: [[1, 15.5]],
  },
  {
    name: 'terminated at midnight to the 15th',
    from: 1,
    changes: [['terminate', 15, '00:00:00']],
    days: 14,
    active: [[1, 15]],
  },
  {
    name: 'suspended from the 10th at noon to the 20th at noon',
    from: 1,
    changes: [
      ['suspend', 10, '12:00:00'],
      ['resume', 20, '12:00:00'],
    ],
    days: 10 + (DAYS - 19),
    active: [[1, 10.5], [20.5]],
  },
  {
    name: 'suspended, resumed and terminated',
    from: 1,
    changes: [
      ['suspend', 5, '00:00:00'],
      ['resume', 8, '06:00:00'],
      ['terminate', 28, '18:00:00'],
    ],
    days: 4 + 21,
    active: [
      [1, 5],
      [8.25, 28.75],
    ],
  },
  {
    name: 'terminated and restored on the same day',
    from: 1,
    changes: [
      ['terminate', 12, '06:00:00'],
      ['restore', 12, '18:00:00'],
    ],
    days: DAYS,
    active: [[1, 12.25], [12.75]],
  },
  { name: 'in service for a day without usage', from: DAYS, changes: [], days: 1, active: [[DAYS]], silent: true },
] as const;

export interface BilledMonth {
  readonly business: Business;
  readonly customers: readonly { readonly id: string; readonly email: string }[];
  /** One for each of `LIVES`. */
  readonly lines: readonly Line[];
  /** Bytes by service number, counted by the test itself. */
  readonly totals: ReadonlyMap<string, bigint>;
  readonly imported: UsageFile;
  readonly closed: Awaited<ReturnType<typeof closeMonth>>;
}

/** Takes a business of its own through the month, up to its settlement. */
export async function billedMonth(world: World): Promise<BilledMonth> {
  const business = await openBusiness(world.operator, {
    fee: '4400',
    allowance: String(PLAN.allowanceBytes),
    tiers: [{ upTo: '100', unitPrice: '5.5' }, { unitPrice: '2.75' }],
  });
  const customers = [
    await newCustomer(world.operator, '한강물류'),
    await newCustomer(world.operator, '남산전기'),
    await newCustomer(world.operator),
  ];
  // The first two customers pay several lines by one account; the third's line gets an account of its own.
  const accounts = await Promise.all(customers.slice(0, 2).map(({ id }) => newAccount(world.operator, id)));
  const first = Number(newServiceNumber().slice(3)) % 1_000_000_00;
  const network = LIVES.map((life, index) => ({
    serviceNumber: serviceNumber(first + index),
    apn: APNS.tracker,
    traffic: 'tracker' as const,
    silent: 'silent' in life,
    active: life.active.map(([start, end]) => ({
      start: dayTime(start),
      ...(end === undefined ? {} : { end: dayTime(end) }),
    })),
  }));
  const lines = await Promise.all(
    LIVES.map(async ({ from, changes }, index) => {
      const { serviceNumber: number = '', apn = '' } = network[index] ?? {};
      const line = await activeLine(world.operator, {
        // The third customer has the line without usage alone.
        customerId: customers[index === LIVES.length - 1 ? 2 : index % 2]?.id ?? '',
        ...(index === LIVES.length - 1 ? {} : { accountId: accounts[index % 2]?.id ?? '' }),
        offeringId: business.offeringId,
        serviceNumber: number,
        apn,
        activateTime: moment(MONTH, from),
      });
      for (const [command, day, time] of changes) {
        const order = await change(world.operator, line.id, command, moment(MONTH, day, time));
        if (order.state !== 'ORDER_STATE_COMPLETED')
          throw new Error(`${command}: ${order.state} ${order.stateReason ?? ''}`);
      }
      return line;
    }),
  );
  const file = usageFile({ records: 6_000, lines: network.filter(({ silent }) => !silent), month: MONTH, dirt: 0.05 });
  const raw = Buffer.concat([...file.chunks]).toString();
  const totals = totalsOf(raw, network, Date.now());
  const imported = await upload(world.operator, business, Buffer.from(raw), 'month.csv');
  const closed = await closeMonth(world.operator, { business: business.name, month: MONTH });
  return { business, customers, lines, totals, imported, closed };
}

/** The moment so many days into the month, counted from 1; 15.5 is noon of the 15th. */
function dayTime(day: number): number {
  return Date.parse(moment(MONTH, 1)) + (day - 1) * 86_400_000;
}
