import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import { serviceNames } from '#shared/config/service';
import { serversOf } from './contract.ts';
import type { Caller, MeshGraph } from './meshGraph.ts';

/**
 * Where money moves, as far as contracts and graph can tell: billing keeps the ledger, and a service that changes something at such a service
 * moves money itself. A method that changes nothing never does; every other one of these services may, so proxies repeat none of them. The code
 * repeats by keys of its own where that is safe.
 */
export function moneyMovers({ edges }: Pick<MeshGraph, 'edges'>): ReadonlySet<string> {
  const movers = new Set<string>(['billing']);
  for (let before = 0; before < movers.size; ) {
    before = movers.size;
    for (const { from, to, method } of edges) {
      if (isService(from) && changes(method) && movers.has(to)) movers.add(from);
    }
  }
  return movers;
}

const isService = (caller: Caller) => serviceNames.some((name) => name === caller);
const changes = ({ idempotency }: DescMethod) => idempotency !== Level.NO_SIDE_EFFECTS;

/** Parked events that are sent again may be billing's, whoever is asked to send them. */
export function movesMoney(method: DescMethod, movers: ReadonlySet<string>): boolean {
  return changes(method) && serversOf(method).some((server) => movers.has(server));
}

/** Whether proxies may send a call of it again: the contract says that it may come twice, no money moves, and it is no stream. */
export function isRepeatable(method: DescMethod, movers: ReadonlySet<string>): boolean {
  const idempotent = method.idempotency === Level.NO_SIDE_EFFECTS || method.idempotency === Level.IDEMPOTENT;
  return idempotent && !isStream(method) && !movesMoney(method, movers);
}

/** What has been sent of a stream is not kept by anybody, so it cannot be sent again; and it lasts as long as its content does. */
export function isStream({ methodKind }: DescMethod): boolean {
  return methodKind !== 'unary';
}
