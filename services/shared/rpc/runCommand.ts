import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { Database } from '../database/database.ts';
import type { CallContext, Command, LongCommand } from './context.ts';
import { answered, closeAnswer, type KeyedAnswer, type KeyedCall, once } from './idempotency.ts';
import type { Caller } from './identity.ts';

type AnyLongCommand = LongCommand<DescMessage, DescMessage>;
export type AnyCommand = Command<DescMessage, DescMessage> | AnyLongCommand;

/** A method of the contract and the database its service keeps. */
export interface Place {
  method: DescMethod;
  database: Database;
}

/** Serves a command: what it changes, and the record of its Idempotency-Key if it has one, commit together. */
export async function runCommand(
  { method, database }: Place,
  handler: AnyCommand,
  request: Message,
  context: CallContext,
): Promise<Uint8Array> {
  const key = context.idempotencyKey;
  const keyed = key === undefined ? undefined : keyedCall(method, key, request, context);
  if ('settle' in handler) return runLongCommand({ method, database }, handler, request, context, keyed);
  await handler.before?.(request, context);
  return database.transaction(async (tx) => {
    const run = async () => encode(method, await handler.inTransaction(request, tx, context));
    return keyed ? (await once(tx, keyed, run)).response : run();
  });
}

/**
 * Prepare, one transaction, settle. Under a key the transaction happens once; its answer stays open until a call has settled
 * it, whichever that is: the repeat of a call that was given up, or whose process died, waits for the same end.
 */
async function runLongCommand(
  { method, database }: Place,
  { prepare, settle }: AnyLongCommand,
  request: Message,
  context: CallContext,
  keyed: KeyedCall | undefined,
): Promise<Uint8Array> {
  const known = keyed && (await answered(database, keyed));
  const first = known ?? (await begin());
  if (!first.open) return first.response;
  const { answer, settled } = await settle(fromBinary(method.output, first.response), context);
  const response = encode(method, answer);
  return settled && keyed ? closeAnswer(database, keyed, response) : response;

  async function begin(): Promise<KeyedAnswer> {
    const change = await prepare(request, context);
    let committed: (() => void) | undefined;
    const answer = await database.transaction(async (tx) => {
      // An attempt that was rolled back has begun nothing.
      committed = undefined;
      const run = async () => {
        const begun = await change(tx);
        committed = begun.committed;
        return encode(method, begun.answer);
      };
      return keyed ? once(tx, keyed, run, true) : { response: await run(), open: true };
    });
    committed?.();
    return answer;
  }
}

function keyedCall(method: DescMethod, key: string, request: Message, { caller }: CallContext): KeyedCall {
  return {
    subject: principalOf(caller),
    method: `${method.parent.typeName}/${method.name}`,
    key,
    request: toBinary(method.input, request),
  };
}

/** Whose a key is. Who signs in for another customer or driver than before is another caller, and is not given the answers of before. */
function principalOf({ subject, customerId, driverId }: Caller): string {
  const customer = customerId === undefined ? '' : `\ncustomer ${customerId}`;
  const driver = driverId === undefined ? '' : `\ndriver ${driverId}`;
  return subject + customer + driver;
}

function encode(method: DescMethod, init: MessageInitShape<DescMessage>): Uint8Array {
  return toBinary(method.output, create(method.output, init));
}
