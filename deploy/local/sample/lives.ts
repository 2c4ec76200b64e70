import { monthBounds } from '#shared/time/month';
import { CUSTOMERS, type SampleCustomer } from './customers.ts';
import { type Activity, APNS, type FleetLine, serviceNumber } from './fleet.ts';

export type Command = 'suspend' | 'resume' | 'terminate' | 'restore';

export interface SampleLine extends FleetLine {
  readonly customer: SampleCustomer;
  readonly plan: string;
  readonly activateTime: Date;
  readonly changes: readonly {
    readonly command: Command;
    readonly time: Date;
  }[];
  readonly active: readonly Activity[];
}

/** A moment of the month, as day and hour in the business's time zone. */
type Moment = readonly [day: number, hour: number];

/** What happens to some of the lines inside the month, by the line's place in the fleet; all others are in service from its first moment on. */
const LIVES: Readonly<Record<number, { from?: Moment; changes?: readonly (readonly [Command, Moment])[] }>> = {
  3: { from: [11, 9] },
  7: { from: [20, 14] },
  9: { changes: [['terminate', [15, 18]]] },
  12: {
    changes: [
      ['suspend', [10, 10]],
      ['resume', [17, 10]],
    ],
  },
  16: { changes: [['suspend', [25, 0]]] },
  19: {
    changes: [
      ['terminate', [12, 11]],
      ['restore', [14, 15]],
    ],
  },
  23: { from: [2, 8], changes: [['terminate', [27, 20]]] },
  25: {
    changes: [
      ['suspend', [5, 12]],
      ['resume', [8, 9]],
      ['terminate', [28, 17]],
    ],
  },
  31: { changes: [['suspend', [13, 13]]] },
  37: { from: [16, 0] },
};

/** The lines of the sample month with what happens to each. */
export function sampleLines(month: string, timeZone = 'Asia/Seoul'): SampleLine[] {
  const { start } = monthBounds(month, timeZone);
  const at = ([day, hour]: Moment) => new Date(start.getTime() + ((day - 1) * 24 + hour) * 3_600_000);
  const owners = CUSTOMERS.flatMap((customer) =>
    customer.devices.flatMap((device) => Array.from({ length: device.count }, () => ({ customer, device }))),
  );
  return owners.map(({ customer, device }, index) => {
    const life = LIVES[index] ?? {};
    const activateTime = at(life.from ?? [1, 0]);
    const changes = (life.changes ?? []).map(([command, moment]) => ({
      command,
      time: at(moment),
    }));
    return {
      serviceNumber: serviceNumber(index),
      apn: APNS[device.traffic],
      traffic: device.traffic,
      customer,
      plan: device.plan,
      activateTime,
      changes,
      active: activities(activateTime, changes),
    };
  });
}

/** Commands alternate between out of service and back, except that a suspended line may be terminated. */
function activities(activateTime: Date, changes: SampleLine['changes']): Activity[] {
  const active: Activity[] = [];
  let since: number | undefined = activateTime.getTime();
  for (const { command, time } of changes) {
    const back = command === 'resume' || command === 'restore';
    if (back) since ??= time.getTime();
    else if (since !== undefined) {
      active.push({ start: since, end: time.getTime() });
      since = undefined;
    }
  }
  if (since !== undefined) active.push({ start: since });
  return active;
}
