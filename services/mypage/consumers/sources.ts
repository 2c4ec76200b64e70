import type { ServiceName } from '#shared/config/service';
import { type Consumer, consumer, on } from '#shared/inbox/consumer';
import type { View } from '../store/view.ts';
import { accountEvents } from './accountEvents.ts';
import { onCustomerChanged } from './customerChanged.ts';
import { onDeliveryStateChanged } from './deliveryStateChanged.ts';
import { onInvoiceIssued } from './invoiceIssued.ts';
import { lineEvents } from './lineEvents.ts';
import { orderEvents } from './orderEvents.ts';
import type { Projection } from './projection.ts';

/** A service whose events the view is made of. */
export interface Source {
  name: ServiceName;
  /** Only events about these; all when there is none. */
  aggregates?: string[];
  projections: Projection[];
}

/** Everything the view is made of: what the consumers follow live and a rebuild reads from the beginning. */
export function sources(timeZone: string): Source[] {
  return [
    {
      name: 'ordering',
      projections: [onCustomerChanged, ...orderEvents, onDeliveryStateChanged, ...lineEvents(timeZone)],
    },
    { name: 'billing', aggregates: ['invoice', 'account'], projections: [onInvoiceIssued, ...accountEvents] },
  ];
}

/** A source followed live, into the view as it is shown. */
export function liveConsumer({ name, aggregates = [], projections }: Source, view: View): Consumer {
  const handlers = projections.map(({ schema, project }) =>
    on(schema, async (event, tx, envelope) => view.gather(tx, project(event, envelope))),
  );
  return consumer({ source: name, aggregates, handlers, finish: (tx) => view.applyGathered(tx) });
}
