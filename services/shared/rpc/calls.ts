import type { DescService } from '@bufbuild/protobuf';
import type { ServiceName } from '../config/service.ts';
import type { Client } from './client.ts';

type MethodOf<S extends DescService> = keyof S['method'] & string;

/**
 * What a service calls of another. Every service has its list in `calls.ts`, and a client made from it can do nothing else, so the list is the real call
 * graph: who may call what under Istio and the network policies is made from it. A call that ends stays for one more release, in an exported array
 * `leaving`, because the version before still makes it during the rollout.
 */
export interface Calls<S extends DescService = DescService, M extends MethodOf<S> = MethodOf<S>> {
  service: S;
  methods: readonly M[];
  /** Who serves it, where that does not follow from the contract's package. */
  at?: readonly ServiceName[];
}

/** A client that can make these calls only. */
export type ClientOf<C> = C extends Calls<infer S, infer M> ? Pick<Client<S>, M> : never;

export function callsOf<S extends DescService, M extends MethodOf<S>>(service: S, ...methods: M[]): Calls<S, M> {
  return { service, methods };
}
