import { create, type DescMessage, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { PeriodClosedSchema, UsageDifferenceFoundSchema, UsageMovedSchema } from '#proto/rating/v1/events';
import {
  ClosePeriodRequestSchema,
  type PreviewPeriodRequestSchema,
  type PreviewPeriodResponse,
  PreviewPeriodResponseSchema,
  PreviewPeriodRequestSchema as PreviewRequest,
} from '#proto/rating/v1/period_service';
import { type ComponentSchema, TariffSchema, TariffVersionSchema } from '#proto/rating/v1/tariff';
import type { CallContext, Command, Unary } from '#shared/rpc/context';
import type { AccountChange } from '../../accounts/domain/accountAction.ts';
import { foldChanges } from '../../accounts/domain/foldChanges.ts';
import { insertAccount, saveState } from '../../accounts/store/accounts.ts';
import { faultReporter } from '../../conservation/report.ts';
import { businessNo } from '../../store/businesses.ts';
import { addVersion } from '../../tariffs/domain/addVersion.ts';
import { findTariffs, insertTariff, updateTariff } from '../../tariffs/store/tariffs.ts';
import { clock, csv, log, now, pieces, timeZone, type World, world } from '../../testing/world.ts';
import { stepClose } from '../close/stepClose.ts';
import { periodService } from '../rpc/periodService.ts';
import { nextClosing } from '../store/closing.ts';

type Components = MessageInitShape<typeof ComponentSchema>[];

export const month = '2026-11';
export const context = { signal: new AbortController().signal } as CallContext;
export const report = faultReporter({ clock, log, departmentEmails: new Map([['*', 'iot@jangbu.example']]) });

/** A moment of the month in Seoul. */
export function at(day: number, time = '00:00'): Date {
  return new Date(`2026-11-${String(day).padStart(2, '0')}T${time}:00+09:00`);
}

/** A month with tariffs, lines and usage, on a database of its own; the close, the preview and the events behind it. */
export class MonthWorld implements AsyncDisposable {
  readonly world: World;
  #records = 0;

  private constructor(at: World) {
    this.world = at;
  }

  static async open(): Promise<MonthWorld> {
    return new MonthWorld(await world());
  }

  get database() {
    return this.world.database;
  }

  async tariff(id: string, components: Components, currency = 'KRW'): Promise<void> {
    const tariff = create(TariffSchema, { id, displayName: id, currency, taxRate: '0.1', versions: [{ components }] });
    await this.database.transaction((tx) => insertTariff(tx, tariff, now));
  }

  async version(id: string, since: Date, components: Components): Promise<void> {
    await this.database.transaction(async (tx) => {
      const [tariff] = await findTariffs(tx, [id]);
      if (!tariff) throw new Error(`no tariff ${id}`);
      const version = create(TariffVersionSchema, { effectiveTime: timestampFromDate(since), components });
      await updateTariff(tx, addVersion(tariff, version));
    });
  }

  /** A line in service since January unless its changes say otherwise; its service number is its id. */
  async line(id: string, tariffId: string, ...changes: AccountChange[]): Promise<void> {
    const activation = { action: 'ACTIVATE' as const, effectiveTime: new Date('2026-01-01T00:00:00Z') };
    await this.database.transaction(async (tx) => {
      const given = { offeringId: `${tariffId}-offering`, tariffId };
      await insertAccount(tx, {
        ...given,
        lineId: id,
        businessNo: await businessNo(tx, 'iot'),
        customerId: 'customer-1',
        serviceNumber: id,
        apn: 'iot.kr',
      });
      await saveState(tx, id, foldChanges([{ ...activation, ...given }, ...changes]));
    });
  }

  /** Usage of a line at a moment. */
  record(line: string, time: Date, bytes: number | bigint): string {
    return `r${this.#records++},${line},iot.kr,${time.toISOString()},${bytes},0`;
  }

  async use(...records: string[]) {
    return this.world.imports().run({ business: 'iot', source: '', pieces: pieces(csv(records)) });
  }

  get service() {
    const options = { database: this.database, clock, timeZone, report };
    return periodService(options).handlers;
  }

  /** Locks the month, and no more. */
  async lock(): Promise<unknown> {
    const { before, inTransaction } = this.service.closePeriod as Command<DescMessage, DescMessage>;
    const request = create(ClosePeriodRequestSchema, { business: 'iot', period: month });
    await before?.(request, context);
    return this.database.transaction((tx) => inTransaction(request, tx, context));
  }

  async close(): Promise<unknown> {
    const answer = await this.lock();
    for (let no = await nextClosing(this.database); no !== undefined; no = await nextClosing(this.database)) {
      await stepClose(no, { database: this.database, clock, timeZone, report });
    }
    return answer;
  }

  async preview(init: MessageInitShape<typeof PreviewPeriodRequestSchema> = {}): Promise<PreviewPeriodResponse> {
    const preview = this.service.previewPeriod as Unary<DescMessage, typeof PreviewPeriodResponseSchema>;
    const request = create(PreviewRequest, { business: 'iot', period: month, ...init });
    return create(PreviewPeriodResponseSchema, await preview(request as never, context));
  }

  async moved() {
    return (await this.events(UsageMovedSchema)).flatMap(({ lines }) => lines);
  }

  closed() {
    return this.events(PeriodClosedSchema);
  }

  differences() {
    return this.events(UsageDifferenceFoundSchema);
  }

  async events<M extends DescMessage>(schema: M) {
    const { rows } = await this.database.query(
      "select type, body from outbox where aggregate = 'period' order by time, id",
    );
    return rows.filter(({ type }) => type === schema.typeName).map(({ body }) => fromBinary(schema, body as Buffer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}
