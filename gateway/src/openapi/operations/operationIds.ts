import type { DescService } from '@bufbuild/protobuf';
import type { Placed } from '../paths/pathTable.ts';

/** What a service is called in the document: its own name, or its full one where two services share that. */
export function serviceNames(services: readonly DescService[]): Map<DescService, string> {
  const count = new Map<string, number>();
  for (const { name } of services) count.set(name, (count.get(name) ?? 0) + 1);
  return new Map(services.map((service) => [service, count.get(service.name) === 1 ? service.name : service.typeName]));
}

/** `Service_Method` for a method's first path, `Service_Method_2` for its second and so on; each only once in a document. */
export class OperationIds {
  readonly #names: ReadonlyMap<DescService, string>;
  readonly #given = new Set<string>();

  constructor(names: ReadonlyMap<DescService, string>) {
    this.#names = names;
  }

  next({ binding: { method } }: Placed): string {
    const service = (this.#names.get(method.parent) ?? method.parent.typeName).replaceAll('.', '_');
    const wanted = `${service}_${method.name}`;
    let id = wanted;
    for (let number = 2; this.#given.has(id); number++) id = `${wanted}_${number}`;
    this.#given.add(id);
    return id;
  }
}
