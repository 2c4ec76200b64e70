import { APNS, type FleetLine } from '../../deploy/local/sample/fleet.ts';
import { count, type Line, type UsageFile } from '../../deploy/local/sample/resources.ts';
import { type UsageFile as GeneratedFile, usageFile } from '../../deploy/local/sample/usageFile.ts';
import { activeLine, type Business, MONTH, newCustomer, newServiceNumber, openBusiness } from './business.ts';
import type { World } from './world.ts';

export interface DeviceFleet {
  readonly business: Business;
  readonly lines: readonly Line[];
  /** The same dirty file each time. */
  readonly file: () => GeneratedFile;
}

/** A business with one line for each kind of device, and a dirty file for them. */
export async function deviceFleet(world: World, records: number): Promise<DeviceFleet> {
  const { business, line: first } = await businessWithLine(world);
  const fleet = (['meter', 'tracker', 'camera', 'router'] as const).map(
    (traffic): FleetLine => ({ serviceNumber: newServiceNumber(), apn: APNS[traffic], traffic }),
  );
  const { customerId } = first;
  const lines = await Promise.all(
    fleet.map(({ serviceNumber, apn }) =>
      activeLine(world.operator, { customerId, offeringId: business.offeringId, serviceNumber, apn }),
    ),
  );
  return { business, lines, file: () => usageFile({ records, lines: fleet, month: MONTH, dirt: 0.1 }) };
}

/** A business with one line in service since the month began. */
export async function businessWithLine(world: World): Promise<{ business: Business; line: Line }> {
  const business = await openBusiness(world.operator);
  const customerId = (await newCustomer(world.operator)).id;
  return { business, line: await activeLine(world.operator, { customerId, offeringId: business.offeringId }) };
}

/** The line's total of the month, as the gateway gives it. */
export async function total(world: World, line: Line): Promise<{ bytes: bigint; records: number }> {
  const path = `/v1/lines/${line.id}/usage?period=${MONTH}`;
  const usage = await world.operator.get<{ totalBytes?: string; records?: string }>(path);
  return { bytes: BigInt(usage.totalBytes ?? '0'), records: count(usage.records) };
}

export function counts({ recordsRead, rated, duplicate, rejected, late }: UsageFile) {
  return {
    read: count(recordsRead),
    rated: count(rated),
    duplicate: count(duplicate),
    rejected: count(rejected),
    late: count(late),
  };
}
