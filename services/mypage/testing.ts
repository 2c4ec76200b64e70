import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import type { Handler } from '#shared/inbox/consumer';
import { freshDatabase } from '#test/harness/database';
import { onCustomerChanged } from './consumers/customerChanged.ts';
import { onInvoiceIssued } from './consumers/invoiceIssued.ts';
import { lineEvents } from './consumers/lineEvents.ts';
import { onOrderStateChanged } from './consumers/orderStateChanged.ts';
import { getMypage } from './rpc/getMypage.ts';
import { listTimeline } from './rpc/listTimeline.ts';
import { postgresView } from './store/postgresView.ts';
import type { MypageView } from './store/view.ts';

/** The read side on a database of its own, fed by hand. */
export class Desk implements AsyncDisposable {
  readonly get: ReturnType<typeof getMypage>;
  readonly timeline: ReturnType<typeof listTimeline>;
  readonly #database: Database;
  readonly #handlers: Handler[];
  readonly #stack: AsyncDisposableStack;
  #events = 0;

  private constructor(database: Database, stack: AsyncDisposableStack) {
    const view: MypageView = postgresView(database);
    this.get = getMypage(view);
    this.timeline = listTimeline(view);
    this.#database = database;
    this.#stack = stack;
    this.#handlers = [
      onCustomerChanged(view),
      onOrderStateChanged(view),
      onInvoiceIssued(view),
      ...lineEvents(view, 'Asia/Seoul'),
    ];
  }

  static async open(): Promise<Desk> {
    const stack = new AsyncDisposableStack();
    const fresh = stack.use(await freshDatabase('mypage'));
    const database = stack.use(new Database(fresh.url));
    await migrate(database, [{ name: 'mypage', folder: new URL('./migrations', import.meta.url) }]);
    return new Desk(database, stack);
  }

  /** Handles an event of the given time; says its id, which may be given to send it again. */
  async handle<Desc extends DescMessage>(
    schema: Desc,
    init: MessageInitShape<Desc>,
    time: string,
    id = `event-${++this.#events}`,
  ): Promise<string> {
    const handler = this.#handlers.find((each) => each.schema === schema);
    if (!handler) throw new Error(`nobody handles ${schema.typeName}`);
    const envelope = { id, type: schema.typeName, time: new Date(time), subject: '', source: '' };
    await this.#database.transaction((tx) => handler.handle(create(schema, init), tx, envelope));
    return id;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
