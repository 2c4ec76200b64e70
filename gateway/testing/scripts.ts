import { create, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { loadContract } from '../src/contract/contract.ts';
import { frame } from './grpcWebCall.ts';

export interface Failure {
  code: number;
  message?: string;
  details?: { typeUrl: string; value: Uint8Array }[];
}

/** What lab.script.v1 is told to answer. */
export interface Script {
  headers?: { name: string; values: string[] }[];
  data?: Uint8Array[];
  delayMs?: number;
  failure?: Failure;
  trailers?: { name: string; values: string[] }[];
  inTurn?: boolean;
  padTo?: number;
}

export interface ScriptAnswer {
  data: string;
  received: Map<string, string[]>;
  requests: number;
  timeoutMs: bigint | undefined;
  padding: number;
}

/** Requests and answers of lab.script.v1 as bytes. */
export class Scripts {
  readonly #request: DescMessage;
  readonly #response: DescMessage;

  constructor(image: string) {
    const { registry } = loadContract(image);
    this.#request = registry.getMessage('lab.script.v1.ScriptRequest') as DescMessage;
    this.#response = registry.getMessage('lab.script.v1.ScriptResponse') as DescMessage;
  }

  message(script?: Script, padding = 0): Buffer {
    const request = create(this.#request, { script, padding: new Uint8Array(padding) } as never);
    return Buffer.from(toBinary(this.#request, request));
  }

  frame(script?: Script, padding = 0): Buffer {
    return frame(this.message(script, padding));
  }

  read(bytes: Buffer): ScriptAnswer {
    const answer = fromBinary(this.#response, bytes) as unknown as {
      data: Uint8Array;
      received: { name: string; values: string[] }[];
      requests: number;
      timeoutMs?: bigint;
      padding: Uint8Array;
    };
    return {
      data: Buffer.from(answer.data).toString(),
      received: new Map(answer.received.map(({ name, values }) => [name, values])),
      requests: answer.requests,
      timeoutMs: answer.timeoutMs,
      padding: answer.padding.length,
    };
  }
}
