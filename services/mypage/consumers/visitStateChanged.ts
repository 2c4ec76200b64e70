import { VisitStateChangedSchema } from '#proto/ordering/v1/events';
import { Fault } from '#shared/errors/fault';
import { visitText } from '../domain/visitText.ts';
import { put, tell } from '../domain/write.ts';
import { projection } from './projection.ts';

export const onVisitStateChanged = projection(
  VisitStateChangedSchema,
  ({ visit, offeringName }, { id, time, sequence }) => {
    if (!visit?.customerId) {
      throw new Fault('EVENT_MALFORMED', { message: 'VisitStateChanged without a visit or its customer' });
    }
    const { customerId } = visit;
    const text = visitText(visit, offeringName);
    return [
      put('visit', sequence, visit, customerId),
      tell({ id, customerId, time, event: 'VisitStateChanged', text, subjectId: visit.id }),
    ];
  },
);
