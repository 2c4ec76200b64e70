import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { type Binding, bindingsOf } from './binding.ts';
import { Router } from './router.ts';

export interface RouteTable {
  rest: Router<Binding>;
  /** All bindings that `rest` leads to, in the order of their declaration. */
  bindings: readonly Binding[];
  /** Methods by `/package.Service/Method`, as gRPC-Web calls them. */
  grpc: ReadonlyMap<string, DescMethod>;
  /** Bindings that can never be reached because another one has the same method and path. */
  shadowed: { binding: Binding; by: Binding }[];
}

/**
 * `expose`: `annotated` leaves methods without an HTTP rule unreachable, which in Jangbu are those for other
 * services only; `all` serves them over gRPC-Web.
 */
export function buildRouteTable(services: DescService[], expose: 'annotated' | 'all'): RouteTable {
  const rest = new Router<Binding>();
  const grpc = new Map<string, DescMethod>();
  const reachable: Binding[] = [];
  const shadowed: RouteTable['shadowed'] = [];
  for (const method of services.flatMap((service) => service.methods)) {
    const bindings = bindingsOf(method);
    for (const binding of bindings) {
      const by = rest.add(binding.httpMethod, binding.template, binding);
      if (by) shadowed.push({ binding, by });
      else reachable.push(binding);
    }
    if (expose === 'all' || bindings.length > 0) grpc.set(`/${method.parent.typeName}/${method.name}`, method);
  }
  return { rest, bindings: reachable, grpc, shadowed };
}
