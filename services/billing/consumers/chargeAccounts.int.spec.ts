import { create, fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  ChargeAccountChangedSchema,
  ChargeAccountClosedSchema,
  ChargeAccountOpenedSchema,
  ChargeAccountRefusedSchema,
} from '#proto/billing/v1/events';
import { LineUpdatedSchema } from '#proto/ordering/v1/events';
import { LineSchema } from '#proto/ordering/v1/line';
import { OrderAction } from '#proto/ordering/v1/order';
import { TariffChangedSchema } from '#proto/rating/v1/events';
import { sleep } from '#shared/process/background';
import { basicTariff, Month } from '../testing/month.ts';

const opened = (month: Month) =>
  month.events('ChargeAccountOpened', (body) => fromBinary(ChargeAccountOpenedSchema, body));
const refused = async (month: Month) =>
  (await month.events('ChargeAccountRefused', (body) => fromBinary(ChargeAccountRefusedSchema, body))).map(
    ({ lineId, reason }) => `${lineId} ${reason}`,
  );
const count = async (month: Month, table: string) =>
  Number((await month.database.query(`select count(*) from ${table}`)).rows[0].count);

describe('charge accounts', () => {
  it('IOT-1 opens a postpaid account for a line that names none', async () => {
    await using month = await Month.begin();
    await month.activate('line');
    const [event] = await opened(month);
    expect(event).toMatchObject({ lineId: 'line', orderId: 'line-1' });
    const { rows } = await month.database.query('select id, customer_id, currency, kind from accounts');
    expect(rows).toEqual([{ id: event?.accountId, customer_id: 'farm', currency: 'KRW', kind: 'POSTPAID' }]);
  });

  it('IOT-1 refuses, with a reason, what cannot be charged', async () => {
    await using month = await Month.begin();
    await month.activate('first');
    const accountId = (await opened(month))[0]?.accountId ?? '';
    await month.handle(TariffChangedSchema, { tariff: basicTariff('dollars', 'USD') });
    const share = basicTariff('share', 'KRW');
    Object.assign(share.versions[0]?.components[1] ?? {}, {
      allowance: '',
      model: { case: 'percentage', value: { rate: '0.1' } },
    });
    await month.handle(TariffChangedSchema, { tariff: share });

    await month.activate('a', { accountId: 'nowhere' });
    await month.activate('b', { accountId, tariffId: 'dollars' });
    await month.activate('c', { tariffId: 'share' });
    await month.change('d', OrderAction.SUSPEND, '2026-11-02T00:00:00Z');
    await expect(month.activate('e', { tariffId: 'unknown' })).rejects.toThrow(/not known yet/);
    await sleep(120);
    await month.activate('e', { tariffId: 'unknown' });
    // and one wait was enough: the next order behind it does not hold up the rest
    await month.activate('f', { tariffId: 'unknown' });

    expect(await refused(month)).toEqual([
      'a ACCOUNT_NOT_FOUND',
      'b ACCOUNT_MISMATCH',
      'c TARIFF_INVALID',
      'd CHARGE_ACCOUNT_NOT_FOUND',
      'e TARIFF_NOT_FOUND',
      'f TARIFF_NOT_FOUND',
    ]);
    expect(await count(month, 'charge_accounts')).toBe(1);
  });

  it('IOT-5 sends the next invoices where the line now says', async () => {
    await using month = await Month.begin();
    await month.activate('line');
    const moved = create(LineSchema, { id: 'line', email: 'new@example.com', address: '새 주소 1' });
    await month.handle(LineUpdatedSchema, { line: moved });
    const { rows } = await month.database.query('select email, address from charge_accounts');
    expect(rows).toEqual([{ email: 'new@example.com', address: '새 주소 1' }]);
  });

  it('IOT-1 closes what it opened when the order fails', async () => {
    await using month = await Month.begin();
    await month.activate('line');
    await month.abandon('line', OrderAction.ACTIVATE);
    expect([await count(month, 'charge_accounts'), await count(month, 'accounts')]).toEqual([0, 0]);
    const closed = await month.events('ChargeAccountClosed', (body) => fromBinary(ChargeAccountClosedSchema, body));
    expect(closed).toMatchObject([{ lineId: 'line', orderId: 'line-1', reason: 'SAGA_TIMED_OUT' }]);
    // and an order that was refused leaves nothing to take back
    await month.abandon('other', OrderAction.ACTIVATE);
    expect(await count(month, 'outbox')).toBe(2);
  });

  it('IOT-2 keeps every change, and forgets one whose order failed', async () => {
    await using month = await Month.begin();
    await month.activate('line');
    await month.change('line', OrderAction.SUSPEND, '2026-11-02T00:00:00Z');
    await month.change('line', OrderAction.RESUME, '2026-11-05T00:00:00Z');
    await month.change('line', OrderAction.TERMINATE, '2026-11-09T00:00:00Z');
    await month.abandon('line', OrderAction.TERMINATE);
    const { rows } = await month.database.query(
      'select action from account_changes where not abandoned order by position',
    );
    expect(rows.map(({ action }) => action)).toEqual(['ACTIVATE', 'SUSPEND', 'RESUME']);
    expect(await count(month, 'charge_accounts')).toBe(1);
  });

  it('IOT-9 gives a line another offering from a time on, and the old one back when the order fails', async () => {
    await using month = await Month.begin();
    await month.activate('line');
    for (const [id, currency] of [
      ['more', 'KRW'],
      ['dollars', 'USD'],
    ] as const) {
      await month.handle(TariffChangedSchema, { tariff: basicTariff(id, currency) });
    }
    const changeTo = (offeringId: string, tariffId = offeringId, lineId = 'line') =>
      month.change(lineId, OrderAction.CHANGE_OFFERING, '2026-11-20T00:00:00+09:00', { offeringId, tariffId });
    await changeTo('more');
    await changeTo('dollars');
    await changeTo('more', 'more', 'unknown');
    const changed = await month.events('ChargeAccountChanged', (body) => fromBinary(ChargeAccountChangedSchema, body));
    expect(changed).toMatchObject([{ lineId: 'line', orderId: 'line-7more' }]);
    expect(await refused(month)).toEqual(['line OFFERING_MISMATCH', 'unknown CHARGE_ACCOUNT_NOT_FOUND']);

    // The month before is charged by what the line had then, and says so; November by the new one.
    await month.close({ line: 0n }, '2026-10');
    await month.invoice('2026-10');
    await month.close({ line: 0n });
    await month.invoice();
    await month.abandon('line', OrderAction.CHANGE_OFFERING, 'more');
    await month.close({ line: 0n }, '2026-12');
    await month.invoice('2026-12');
    const lines = (await month.invoices()).map((invoice) => invoice.lines[0]);
    expect(lines.map((line) => [line?.offeringId, line?.tariffId])).toEqual([
      ['basic', 'basic'],
      ['more', 'more'],
      ['basic', 'basic'],
    ]);
  });
});
