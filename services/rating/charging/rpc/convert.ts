import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type ChargingSession, ChargingSessionSchema, ChargingSessionState } from '#proto/rating/v1/charging_session';
import { Fault } from '#shared/errors/fault';
import { exactText } from '#shared/money/decimal';
import { toProto } from '#shared/money/money';
import type { Session } from '../domain/session.ts';

const states = {
  STARTING: ChargingSessionState.UNSPECIFIED,
  OPEN: ChargingSessionState.OPEN,
  STOPPED: ChargingSessionState.STOPPED,
  EXPIRED: ChargingSessionState.EXPIRED,
} satisfies Record<Session['state'], ChargingSessionState>;

export function sessionToProto(session: Session): ChargingSession {
  const { id, customerId, accountId, tariffId, metric, currency, finalGrant } = session;
  const money = (minor: bigint) => toProto({ currency, minor });
  return create(ChargingSessionSchema, {
    id,
    customerId,
    accountId,
    tariffId,
    metric,
    state: states[session.state],
    granted: exactText(session.granted),
    used: exactText(session.used),
    charged: money(session.charged),
    tax: money(session.tax),
    reserved: money(session.reserved),
    expireTime: timestampFromDate(session.expireTime),
    startTime: timestampFromDate(session.startTime),
    endTime: session.endTime && timestampFromDate(session.endTime),
    finalGrant,
  });
}

export function sessionNotFound(id: string): Fault {
  return new Fault('SESSION_NOT_FOUND', { message: `there is no charging session ${id}`, metadata: { session: id } });
}
