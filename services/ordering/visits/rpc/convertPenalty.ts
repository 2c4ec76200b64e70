import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  BanSchema,
  PenaltySchema,
  PenaltyState,
  type Ban as ProtoBan,
  type Penalty as ProtoPenalty,
} from '#proto/ordering/v1/penalty';
import { Fault, invalidField } from '#shared/errors/fault';
import { etagOf } from '#shared/rpc/etag';
import type { Ban } from '../domain/ban.ts';
import type { Penalty, VisibleState } from '../domain/penalty.ts';
import { pointsToProto } from '../points.ts';

/** Only of penalties that others may see. */
export function penaltyToProto(penalty: Penalty & { state: VisibleState }): ProtoPenalty {
  return create(PenaltySchema, {
    id: penalty.id,
    business: penalty.business,
    customerId: penalty.customerId,
    offeringId: penalty.offeringId,
    place: penalty.place,
    points: pointsToProto(penalty.points),
    taken: pointsToProto(penalty.taken ?? 0n),
    state: PenaltyState[penalty.state],
    history: penalty.history.map(({ state, time }) => ({ state: PenaltyState[state], time: timestampFromDate(time) })),
    createTime: timestampFromDate(penalty.createTime),
    etag: etagOf(penalty.revision),
  });
}

export function banToProto(ban: Ban): ProtoBan {
  return create(BanSchema, {
    id: ban.id,
    customerId: ban.customerId,
    offeringId: ban.offeringId,
    business: ban.business,
    standingPoints: pointsToProto(ban.standingPoints),
    threshold: pointsToProto(ban.threshold),
    banned: ban.banned,
    time: timestampFromDate(ban.time),
  });
}

/** A filter's state; undefined where it names none. */
export function penaltyStateFromProto(state: PenaltyState): VisibleState | undefined {
  switch (state) {
    case PenaltyState.UNSPECIFIED:
      return undefined;
    case PenaltyState.IMPOSED:
      return 'IMPOSED';
    case PenaltyState.RELEASED:
      return 'RELEASED';
    default:
      throw invalidField('state', 'is none of the known states');
  }
}

export function penaltyNotFound(id: string): Fault {
  return new Fault('PENALTY_NOT_FOUND', { message: `there is no penalty ${id}`, metadata: { penalty_id: id } });
}
