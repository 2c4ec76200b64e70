import type { DescMessage } from '@bufbuild/protobuf';
import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { GrpcConnection } from '../../bench/grpcConnection.ts';

/** A REST call that is made once; everything but an answer of success is thrown. */
export async function restOnce<Answer>(
  gatewayUrl: string,
  token: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${gatewayUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
  return JSON.parse(text) as Answer;
}

/** A service as a gRPC client sees it: one connection, calls that are made once, no library that would repeat them. */
export class GrpcCaller implements Disposable {
  readonly #connection: GrpcConnection;

  constructor(address: string, token: string) {
    this.#connection = new GrpcConnection(address, token);
  }

  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    const { input, output, parent, name } = method;
    const bytes = toBinary(input, create(input, request));
    return fromBinary(output, await this.#connection.call(`/${parent.typeName}/${name}`, bytes));
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
