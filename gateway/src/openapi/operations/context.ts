import type { Registry } from '@bufbuild/protobuf';
import type { Examples } from '../examples/messageExample.ts';
import type { Schemas } from '../schemas/schemas.ts';
import type { SharedHeaders } from './headers.ts';

/** What all operations of a document are made with. */
export interface Making {
  registry: Registry;
  schemas: Schemas;
  examples: Examples;
  headers: SharedHeaders;
  /** Whether the contract says of its methods who may call them; then it also keeps this project's other conventions. */
  declares: boolean;
}
