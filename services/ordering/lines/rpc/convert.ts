import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { LineSchema, LineState, type Line as ProtoLine } from '#proto/ordering/v1/line';
import { Fault, invalidField } from '#shared/errors/fault';
import { etagOf } from '#shared/rpc/etag';
import type { Line, LineState as State } from '../domain/line.ts';

export function lineToProto(line: Line): ProtoLine {
  return create(LineSchema, {
    id: line.id,
    customerId: line.customerId,
    offeringId: line.offeringId,
    business: line.business,
    serviceNumber: line.serviceNumber,
    apn: line.apn,
    email: line.email,
    address: line.address,
    accountId: line.accountId,
    state: LineState[line.state],
    activateTime: timestampFromDate(line.activateTime),
    createTime: timestampFromDate(line.createTime),
    updateTime: timestampFromDate(line.updateTime),
    pendingOrderId: line.pendingOrderId ?? '',
    etag: etagOf(line.revision),
  });
}

/** A filter's state; undefined where it names none. */
export function stateFromProto(state: LineState): State | undefined {
  switch (state) {
    case LineState.UNSPECIFIED:
      return undefined;
    case LineState.PENDING:
      return 'PENDING';
    case LineState.ACTIVE:
      return 'ACTIVE';
    case LineState.SUSPENDED:
      return 'SUSPENDED';
    case LineState.TERMINATED:
      return 'TERMINATED';
    case LineState.FAILED:
      return 'FAILED';
    default:
      throw invalidField('state', 'is none of the known states');
  }
}

export function lineNotFound(id: string): Fault {
  return new Fault('LINE_NOT_FOUND', { message: `there is no line ${id}`, metadata: { line_id: id } });
}
