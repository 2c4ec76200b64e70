import type { JsonObject } from '@bufbuild/protobuf';
import type { ServiceName } from '#shared/config/service';
import type { MeshHandle } from '../../../deploy/local/handle.ts';
import type { Answer } from './answer.ts';
import type { Caller } from './callers.ts';
import type { Method } from './contract.ts';
import { Direct } from './grpc.ts';
import { askByGrpcWeb } from './grpcWeb.ts';
import { askGateway } from './rest.ts';

export interface Question {
  readonly caller: Caller;
  readonly request: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One way to a method: by REST or gRPC-Web through the gateway, or by gRPC to one service. */
export interface Way {
  readonly name: string;
  readonly ask: (question: Question) => Promise<Answer>;
}

/** All ways there are to each method. */
export class Ways implements Disposable {
  readonly #mesh: MeshHandle;
  readonly #direct = new Map<ServiceName, Direct>();

  constructor(mesh: MeshHandle) {
    this.#mesh = mesh;
  }

  to(method: Method): Way[] {
    const rest: Way = {
      name: 'REST',
      ask: ({ caller, request, headers }) =>
        askGateway(this.#mesh.gatewayUrl, method, request, { ...bearer(caller), ...headers }),
    };
    const web: Way = {
      name: 'gRPC-Web',
      ask: ({ caller, request, headers }) =>
        askByGrpcWeb(this.#mesh.gatewayUrl, method, request, { ...bearer(caller), ...headers }),
    };
    return [...(method.http ? [rest, web] : []), ...method.servedBy.map((service) => this.directly(service, method))];
  }

  directly(service: ServiceName, method: Method): Way {
    const client = this.#direct.get(service) ?? new Direct(this.#mesh.addresses[service]);
    this.#direct.set(service, client);
    return {
      name: `gRPC to ${service}`,
      ask: ({ caller, request, headers }) => client.ask(method, request, { ...bearer(caller), ...headers }),
    };
  }

  [Symbol.dispose](): void {
    for (const client of this.#direct.values()) client[Symbol.dispose]();
  }
}

export function bearer({ token }: Pick<Caller, 'token'>): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
