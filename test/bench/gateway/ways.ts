import grpc from '@grpc/grpc-js';
import { type Dispatcher, Pool } from 'undici';
import { framed, getNoteBytes, listNotesBytes } from './notes.ts';

/** A way to reach the backend: one small call, and one stream of many messages. */
export interface Way extends AsyncDisposable {
  name: string;
  call: () => Promise<void>;
  /** Answers how many bytes came. */
  stream: (messages: number) => Promise<number>;
}

const service = '/bench.v1.NoteService';
const pass = (bytes: Buffer) => bytes;

/** grpc-js straight to the backend, as services call one another: one channel for all calls. */
export function direct(address: string): Way {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  return {
    name: 'grpc-js, direct',
    call: () =>
      new Promise((resolve, reject) =>
        client.makeUnaryRequest<Buffer, Buffer>(`${service}/GetNote`, pass, pass, getNoteBytes, (error) =>
          error ? reject(error) : resolve(),
        ),
      ),
    stream: async (messages) => {
      let bytes = 0;
      const call = client.makeServerStreamRequest<Buffer, Buffer>(
        `${service}/ListNotes`,
        pass,
        pass,
        listNotesBytes(messages),
      );
      for await (const message of call) bytes += (message as Buffer).length;
      return bytes;
    },
    [Symbol.asyncDispose]: async () => client.close(),
  };
}

/** Over HTTP/1.1 with as many connections as there are clients, by the leanest client there is for it. */
function overHttp(name: string, url: string, connections: number, requests: Requests): Way {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const send = async (request: HttpRequest): Promise<number> => {
    const { statusCode, body } = await pool.request(request);
    let bytes = 0;
    for await (const chunk of body) bytes += (chunk as Buffer).length;
    if (statusCode !== 200 || bytes === 0) throw new Error(`${request.path}: ${statusCode}`);
    return bytes;
  };
  return {
    name,
    call: async () => {
      await send(requests.call);
    },
    stream: (messages) => send(requests.stream(messages)),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

type HttpRequest = Dispatcher.RequestOptions;

interface Requests {
  call: HttpRequest;
  stream: (messages: number) => HttpRequest;
}

export function grpcWeb(url: string, connections: number): Way {
  const headers = { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1' };
  const post = (method: string, message: Buffer): HttpRequest => ({
    path: `${service}/${method}`,
    method: 'POST',
    headers,
    body: framed(message),
  });
  return overHttp('gRPC-Web, gateway', url, connections, {
    call: post('GetNote', getNoteBytes),
    stream: (messages) => post('ListNotes', listNotesBytes(messages)),
  });
}

export function rest(url: string, connections: number): Way {
  return overHttp('REST, gateway', url, connections, {
    call: { path: '/v1/notes/01a1ff32-a92f-799e-9c6d-a941f8f354fb', method: 'GET' },
    stream: (messages) => ({
      path: `/v1/notes?count=${messages}`,
      method: 'GET',
      headers: { accept: 'application/x-ndjson' },
    }),
  });
}
