// biome-ignore-all lint/suspicious/noExplicitAny: the services are known only at run time, by their descriptors.
import { createFileRegistry, type DescService, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { callWithLibrary } from '../grpcWebLibrary.ts';

/** What the test finds in the page's window. Everything goes in and out as plain data. */
export interface Page {
  /** Reads the contract: a FileDescriptorSet in base64. */
  load(image: string): void;
  connectUnary(url: string, words: string): Promise<{ text: string; header: string | null; trailer: string | null }>;
  /** Each answer with the time it came, in milliseconds. */
  connectStream(url: string, words: string[], delayMs: number): Promise<{ text: string; at: number }[]>;
  connectError(url: string, code: number, message: string): Promise<{ code: number; message: string }>;
  libraryUnary(url: string, words: string): Promise<{ text: string; header: string; trailer: string }>;
  libraryStream(url: string, words: string[]): Promise<string[]>;
  libraryError(url: string, code: number, message: string): Promise<{ code: number; message: string }>;
  rest(url: string): Promise<{ status: number; etag: string | null }>;
}

let scripted: DescService;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);
const headers = [{ name: 'x-head', values: ['before'] }];
const trailers = [{ name: 'x-tail', values: ['after'] }];
const connect = (baseUrl: string) => createClient(scripted, createGrpcWebTransport({ baseUrl })) as any;

const page: Page = {
  load(image) {
    const encoded = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
    const files = createFileRegistry(fromBinary(FileDescriptorSetSchema, encoded));
    scripted = files.getService('lab.script.v1.Scripted') as DescService;
  },
  async connectUnary(url, words) {
    let header: string | null = null;
    let trailer: string | null = null;
    const answer = await connect(url).unary(
      { script: { data: [bytes(words)], headers, trailers } },
      {
        headers: { authorization: 'Bearer of-the-page' },
        onHeader: (received: Headers) => {
          header = received.get('x-head');
        },
        onTrailer: (received: Headers) => {
          trailer = received.get('x-tail');
        },
      },
    );
    return { text: text(answer.data), header, trailer };
  },
  async connectStream(url, words, delayMs) {
    const received: { text: string; at: number }[] = [];
    for await (const answer of connect(url).serverStream({ script: { data: words.map(bytes), delayMs } })) {
      received.push({ text: text(answer.data), at: performance.now() });
    }
    return received;
  },
  async connectError(url, code, message) {
    const error: ConnectError = await connect(url)
      .unary({ script: { failure: { code, message } } })
      .catch(ConnectError.from);
    return { code: error.code, message: error.rawMessage };
  },
  async libraryUnary(url, words) {
    const request = { script: { data: [bytes(words)], headers, trailers } };
    const { messages, metadata, status } = await callWithLibrary(url, scripted, 'Unary', request);
    const [answer] = messages as any[];
    return { text: text(answer.data), header: metadata['x-head'] ?? '', trailer: status?.metadata?.['x-tail'] ?? '' };
  },
  async libraryStream(url, words) {
    const request = { script: { data: words.map(bytes) } };
    const { messages } = await callWithLibrary(url, scripted, 'ServerStream', request);
    return (messages as any[]).map((message) => text(message.data));
  },
  async libraryError(url, code, message) {
    const { error } = await callWithLibrary(url, scripted, 'Unary', { script: { failure: { code, message } } });
    return { code: error?.code ?? 0, message: error?.message ?? '' };
  },
  async rest(url) {
    const response = await fetch(`${url}/v1/echo?etag=7`);
    return { status: response.status, etag: response.headers.get('etag') };
  },
};

Object.assign(globalThis, { page });
