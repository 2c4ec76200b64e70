import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import type { Handler } from '#shared/inbox/consumer';
import { liveConsumers, sources } from '../consumers/sources.ts';
import { getMypage } from '../rpc/getMypage.ts';
import { listTimeline } from '../rpc/listTimeline.ts';
import type { StoreKind } from '../store/store.ts';
import type { View } from '../store/view.ts';
import { Stores } from './stores.ts';

/** The read side on a store of its own, fed by hand. */
export class Desk implements AsyncDisposable {
  readonly get: ReturnType<typeof getMypage>;
  readonly timeline: ReturnType<typeof listTimeline>;
  readonly stores: Stores;
  readonly #handlers: Handler[];
  readonly #view: View;
  #events = 0;

  private constructor(stores: Stores, kind: StoreKind) {
    const view = stores.view(kind);
    this.get = getMypage(view);
    this.timeline = listTimeline(view);
    this.stores = stores;
    this.#view = view;
    this.#handlers = sources('Asia/Seoul')
      .flatMap((source) => liveConsumers(source, view))
      .flatMap(({ handlers }) => [...handlers.values()]);
  }

  static async open(kind: StoreKind): Promise<Desk> {
    return new Desk(await Stores.open(), kind);
  }

  /** Handles an event of the given time; says its id, which may be given to send it again. Unless told, it is the newest event so far. */
  async handle<Desc extends DescMessage>(
    schema: Desc,
    init: MessageInitShape<Desc>,
    time: string,
    more: { id?: string; sequence?: bigint } = {},
  ): Promise<string> {
    const handler = this.#handlers.find((each) => each.schema === schema);
    if (!handler) throw new Error(`nobody handles ${schema.typeName}`);
    const number = ++this.#events;
    const { id = `event-${number}`, sequence = BigInt(number) } = more;
    const envelope = { id, type: schema.typeName, time: new Date(time), subject: '', source: '', sequence };
    await this.stores.database.transaction(async (tx) => {
      await handler.handle(create(schema, init), tx, envelope);
      await this.#view.applyGathered(tx);
    });
    return id;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stores[Symbol.asyncDispose]();
  }
}
