import type { DescMessage, DescService } from '@bufbuild/protobuf';
import type { Database } from '../database/database.ts';
import type { Handler } from './context.ts';

type Methods<S extends DescService> = S['method'];
type Kind = { methodKind: string; input: DescMessage; output: DescMessage };

/** One handler for every method of a service; the compiler refuses a missing one. */
export type Handlers<S extends DescService> = {
  [K in keyof Methods<S>]: Methods<S>[K] extends Kind ? Handler<Methods<S>[K]> : never;
};

/** A service of the contract together with the code that serves it. */
export interface Implementation {
  service: DescService;
  database: Database;
  handlers: Record<string, unknown>;
}

export function implement<S extends DescService>(
  service: S,
  database: Database,
  handlers: Handlers<S>,
): Implementation {
  return { service, database, handlers };
}
