import type { ServiceName } from '#shared/config/service';
import { type Consumer, consumer, on } from '#shared/inbox/consumer';
import type { View } from '../store/view.ts';
import { accountEvents } from './accountEvents.ts';
import { onCustomerChanged } from './customerChanged.ts';
import { onDeliveryStateChanged } from './deliveryStateChanged.ts';
import { onInvoiceIssued } from './invoiceIssued.ts';
import { lineEvents } from './lineEvents.ts';
import { orderEvents } from './orderEvents.ts';
import { paymentEvents } from './paymentEvents.ts';
import { penaltyEvents } from './penaltyEvents.ts';
import type { Projection } from './projection.ts';
import { onRideStateChanged } from './rideStateChanged.ts';
import { onVisitStateChanged } from './visitStateChanged.ts';

/** A service whose events the view is made of. */
export interface Source {
  name: ServiceName;
  /**
   * What is followed live, each by a consumer of its own, which is named after its aggregates. What is added later gets a consumer beside
   * the others: it begins at the front of the stream, and the others' parked events still find them under their names.
   */
  follows: Followed[];
}

export interface Followed {
  /** Only events about these; all when there is none. */
  aggregates?: string[];
  projections: Projection[];
}

/** Everything the view is made of: what the consumers follow live and a rebuild reads from the beginning. */
export function sources(timeZone: string): Source[] {
  const ordering = [
    onCustomerChanged,
    ...orderEvents,
    onDeliveryStateChanged,
    ...lineEvents(timeZone),
    onRideStateChanged(timeZone),
    onVisitStateChanged,
    ...penaltyEvents,
  ];
  return [
    { name: 'ordering', follows: [{ projections: ordering }] },
    {
      name: 'billing',
      follows: [
        { aggregates: ['invoice', 'account'], projections: [onInvoiceIssued, ...accountEvents] },
        { aggregates: ['payment'], projections: paymentEvents },
      ],
    },
  ];
}

export function projectionsOf({ follows }: Source): Projection[] {
  return follows.flatMap(({ projections }) => projections);
}

/** A source followed live, into the view as it is shown. */
export function liveConsumers({ name, follows }: Source, view: View): Consumer[] {
  return follows.map(({ aggregates = [], projections }) => {
    const handlers = projections.map(({ schema, project }) =>
      on(schema, async (event, tx, envelope) => view.gather(tx, project(event, envelope))),
    );
    return consumer({ source: name, aggregates, handlers, finish: (tx) => view.applyGathered(tx) });
  });
}
