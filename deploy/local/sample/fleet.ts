import { Random } from './random.ts';
import type { TrafficClass } from './traffic.ts';

/** From its start up to but not including its end, in milliseconds since 1970; without an end it is still going on. */
export interface Activity {
  readonly start: number;
  readonly end?: number;
}

/** A line as the network sees it. */
export interface FleetLine {
  readonly serviceNumber: string;
  readonly apn: string;
  readonly traffic: TrafficClass;
  /** When it is in service; usage outside is refused. Absent means always. */
  readonly active?: readonly Activity[];
}

/** The access point of each kind of device. */
export const APNS: Readonly<Record<TrafficClass, string>> = {
  meter: 'meter.iot.kr',
  tracker: 'fleet.iot.kr',
  camera: 'video.iot.kr',
  router: 'wifi.iot.kr',
};

const KINDS: readonly TrafficClass[] = ['meter', 'tracker', 'camera', 'router'];
const SHARES = [55, 30, 10, 5];

/** The `index`-th service number of a fleet: `012` is the Korean prefix of machine-to-machine lines. */
export function serviceNumber(index: number): string {
  return `012${String(10_000_000 + index)}`;
}

/** Lines that are always in service, in the proportions of a utility-heavy operator. */
export function fleet(count: number, seed = 1): FleetLine[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => {
    const traffic = random.weighted(KINDS, SHARES);
    return { serviceNumber: serviceNumber(index), apn: APNS[traffic], traffic };
  });
}

/** Whether the line is in service at an instant. */
export function isActive(line: FleetLine, time: number): boolean {
  if (line.active === undefined) return true;
  return line.active.some(({ start, end }) => start <= time && (end === undefined || time < end));
}
