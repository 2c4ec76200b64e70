import { expect, test } from 'vitest';
import { Database } from '#shared/database/database';
import { closeMonth } from '../../deploy/local/sample/closeMonth.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { csv, MONTH, record, upload } from './business.ts';
import { businessWithLine } from './deviceFleet.ts';
import { preview } from './portions.ts';
import { theWorld } from './world.ts';

interface Conservation {
  readonly conserved?: boolean;
  readonly billed?: boolean;
  readonly faults?: readonly { check: string; expected: string; actual: string }[];
  readonly ratedBytes?: string;
  readonly movedBytes?: string;
  readonly invoicedBytes?: string;
  readonly lateBytes?: string;
  readonly files?: readonly {
    received: string;
    rated?: string;
    duplicate?: string;
    rejected?: string;
    conserved?: boolean;
  }[];
}

const DEPARTMENT = 'settlement@jangbu.example';

test('IOT-6 IOT-11 usage is followed from the file to the invoice; damage is found and told, and blocks the close', async () => {
  const world = theWorld();
  const { operator } = world;
  const { business, line } = await businessWithLine(world);
  const twice = record(line, 700);
  await upload(
    operator,
    business,
    csv([twice, record(line, 300), twice, record({ serviceNumber: '0120000000000' }, 1)]),
  );
  const conservation = () => operator.get<Conservation>(`/v1/conservation?business=${business.name}&period=${MONTH}`);
  expect(await conservation()).toMatchObject({
    conserved: true,
    ratedBytes: '1000',
    files: [{ received: '4', rated: '2', duplicate: '1', rejected: '1', conserved: true }],
  });

  await using database = new Database(world.mesh.databaseUrl('rating'));
  const damage = (bytes: number) =>
    database.query(
      `update usage_totals set bytes = bytes + $2 where account_no = (select no from rating_accounts where line_id = $1)`,
      [line.id, bytes],
    );
  const folded = async () => (await damage(0)).rowCount > 0 || undefined;
  await until('the totals to be added up', 15_000, folded);
  await damage(1);
  const found = await conservation();
  expect(found.conserved ?? false).toBe(false);
  expect(found.faults?.[0]).toMatchObject({ check: 'rated = accumulated (bytes)', expected: '1000', actual: '1001' });
  expect((await preview(operator, business.name)).faults).toHaveLength(2);
  await operator.post(`/v1/periods/${MONTH}:close`, { business: business.name }).catch(() => {});
  const refusal = await until('the close to be refused', 15_000, () =>
    operator.post(`/v1/periods/${MONTH}:close`, { business: business.name }).then(
      () => undefined,
      (error) => error,
    ),
  );
  expect(refusal).toMatchObject({ reason: 'USAGE_NOT_CONSERVED' });
  expect(await operator.get(`/v1/periods/${MONTH}?business=${business.name}`)).toMatchObject({
    state: 'PERIOD_STATE_OPEN',
  });
  await until('the department’s mail', 20_000, async () => {
    const mails = await world.mailsTo(DEPARTMENT);
    return mails.some(({ subject }) => subject.includes(`Usage ${business.name}`)) || undefined;
  });

  await damage(-1);
  await closeMonth(operator, { business: business.name, month: MONTH });
  await upload(operator, business, csv([record(line, 5)]), 'late.csv');
  const billed = await until('rating to know of all invoices', 15_000, async () => {
    const now = await conservation();
    return now.billed ? now : undefined;
  });
  expect(billed).toMatchObject({
    conserved: true,
    ratedBytes: '1000',
    movedBytes: '1000',
    invoicedBytes: '1000',
    lateBytes: '5',
  });
}, 120_000);
