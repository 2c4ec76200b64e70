import { MypageService } from '#proto/mypage/v1/mypage_service';
import { consumer } from '#shared/inbox/consumer';
import { implement } from '#shared/rpc/implement';
import { type Overrides, type RunningService, startService } from '#shared/runtime/service';
import type { MypageConfig } from './config.ts';
import { onCustomerChanged } from './consumers/customerChanged.ts';
import { onInvoiceIssued } from './consumers/invoiceIssued.ts';
import { lineEvents } from './consumers/lineEvents.ts';
import { onOrderStateChanged } from './consumers/orderStateChanged.ts';
import { getMypage } from './rpc/getMypage.ts';
import { listTimeline } from './rpc/listTimeline.ts';
import { postgresView } from './store/postgresView.ts';

export function startMypage(config: MypageConfig, overrides?: Overrides): Promise<RunningService> {
  return startService({
    name: 'mypage',
    config,
    overrides,
    migrations: new URL('./migrations/', import.meta.url),
    rpc: ({ database }) => {
      const view = postgresView(database);
      return [implement(MypageService, database, { getMypage: getMypage(view), listTimeline: listTimeline(view) })];
    },
    consumers: ({ database }) => {
      const view = postgresView(database);
      return [
        consumer({
          source: 'ordering',
          handlers: [onCustomerChanged(view), onOrderStateChanged(view), ...lineEvents(view, config.timeZone)],
        }),
        consumer({ source: 'billing', aggregates: ['invoice'], handlers: [onInvoiceIssued(view)] }),
      ];
    },
  });
}
