import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type Visit as ProtoVisit, VisitSchema, VisitState } from '#proto/ordering/v1/visit';
import { Fault, invalidField } from '#shared/errors/fault';
import { etagOf } from '#shared/rpc/etag';
import type { VisitState as State, Visit } from '../domain/visit.ts';
import { pointsToProto } from '../points.ts';

export function visitToProto(visit: Visit): ProtoVisit {
  const { points, checkOutTime } = visit;
  return create(VisitSchema, {
    id: visit.id,
    business: visit.business,
    customerId: visit.customerId,
    offeringId: visit.offeringId,
    area: visit.area,
    state: VisitState[visit.state],
    ...(points !== undefined && { points: pointsToProto(points) }),
    stateReason: visit.stateReason,
    history: visit.history.map(({ state, time }) => ({ state: VisitState[state], time: timestampFromDate(time) })),
    checkInTime: timestampFromDate(visit.checkInTime),
    ...(checkOutTime && { checkOutTime: timestampFromDate(checkOutTime) }),
    etag: etagOf(visit.revision),
  });
}

/** A filter's state; undefined where it names none. */
export function visitStateFromProto(state: VisitState): State | undefined {
  switch (state) {
    case VisitState.UNSPECIFIED:
      return undefined;
    case VisitState.CHECKED_IN:
      return 'CHECKED_IN';
    case VisitState.CHECKED_OUT:
      return 'CHECKED_OUT';
    case VisitState.EARNED:
      return 'EARNED';
    default:
      throw invalidField('state', 'is none of the known states');
  }
}

export function visitNotFound(id: string): Fault {
  return new Fault('VISIT_NOT_FOUND', { message: `there is no visit ${id}`, metadata: { visit_id: id } });
}
