import { setTimeout as sleep } from 'node:timers/promises';
import type { DescMessage } from '@bufbuild/protobuf';
import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
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

/** A REST call whose body takes its time, as over a slow line: for so long it is open at a gateway. */
export async function restHeld<Answer>(
  gatewayUrl: string,
  token: string,
  path: string,
  body: unknown,
  heldMs: number,
): Promise<Answer> {
  const text = JSON.stringify(body);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text.slice(0, 3));
    await sleep(heldMs);
    yield Buffer.from(text.slice(3));
  }
  const response = await fetch(`${gatewayUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: ReadableStream.from(pieces()),
    duplex: 'half',
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${answer.slice(0, 300)}`);
  return JSON.parse(answer) as Answer;
}

/** A browser's client: gRPC-Web over whatever connection there is. */
export function grpcWebTransport(gatewayUrl: string, token: string): Transport {
  return createGrpcWebTransport({
    baseUrl: gatewayUrl,
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${token}`);
        return next(request);
      },
    ],
  });
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
    heldMs = 0,
  ): Promise<MessageShape<O>> {
    const { input, output, parent, name } = method;
    const bytes = toBinary(input, create(input, request));
    return fromBinary(output, await this.#connection.call(`/${parent.typeName}/${name}`, bytes, heldMs));
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
