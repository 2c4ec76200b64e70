import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';

/** How a raw gRPC-Web call ended. */
export interface GrpcWebAnswer {
  httpStatus: number;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  messages: Buffer[];
  /** The last frame as text; undefined where there was none. */
  trailerText: string | undefined;
  /** Values by name, in the order they came. */
  trailers: Map<string, string[]>;
  /** `grpc-status`, of the trailers or, in an answer of trailers only, of the headers. */
  code: number | undefined;
}

export interface GrpcWebRequest {
  method?: string;
  /** Pieces as they go over the wire, one write each. */
  body?: Buffer[];
  headers?: Record<string, string | string[]>;
}

export function frame(payload: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: Buffer;
}

/** Sends bytes as they are over HTTP/1.1; reads the answer by the protocol's rules and by nothing of the gateway's. */
export async function grpcWebCall(url: string, path: string, init: GrpcWebRequest = {}): Promise<GrpcWebAnswer> {
  const headers = {
    'content-type': 'application/grpc-web+proto',
    'x-grpc-web': '1',
    'transfer-encoding': 'chunked',
    ...init.headers,
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest(url + path, { method: init.method ?? 'POST', headers, agent: false }, resolve);
    request.on('error', reject);
    for (const piece of init.body ?? []) request.write(piece);
    request.end();
  });
  const { statusCode: status = 0, rawHeaders } = response;
  return readAnswer({ status, headers: response.headers, rawHeaders, body: Buffer.concat(await response.toArray()) });
}

/** The same over HTTP/2 with prior knowledge. */
export async function grpcWebCallHttp2(url: string, path: string, init: GrpcWebRequest = {}): Promise<GrpcWebAnswer> {
  const session = connect(url);
  try {
    const headers = {
      ':method': init.method ?? 'POST',
      ':path': path,
      'content-type': 'application/grpc-web+proto',
      'x-grpc-web': '1',
      ...init.headers,
    };
    const stream = session.request(headers, { endStream: false });
    const answered = new Promise<IncomingHttpHeaders & { ':status'?: number }>((resolve, reject) => {
      stream.once('response', resolve);
      stream.once('error', reject);
    });
    for (const piece of init.body ?? []) stream.write(piece);
    stream.end();
    const received = await answered;
    const body = Buffer.concat(await stream.toArray());
    const rawHeaders = Object.entries(received).flatMap(([name, value]) => [name, String(value)]);
    return readAnswer({ status: received[':status'] ?? 0, headers: received, rawHeaders, body });
  } finally {
    session.destroy();
  }
}

function readAnswer({ status, headers, rawHeaders, body }: RawAnswer): GrpcWebAnswer {
  const type = headers['content-type'] ?? '';
  const answer: GrpcWebAnswer = {
    httpStatus: status,
    headers,
    rawHeaders,
    messages: [],
    trailerText: undefined,
    trailers: new Map(),
    code: undefined,
  };
  if (type.startsWith('application/grpc-web')) readFrames(type.includes('-text') ? fromText(body) : body, answer);
  const code = answer.trailers.get('grpc-status')?.[0] ?? headers['grpc-status'];
  answer.code = code === undefined ? undefined : Number(code);
  return answer;
}

/** In text mode every frame may be encoded by itself, with padding in the middle of the body. */
function fromText(text: Buffer): Buffer {
  const parts = text.toString('latin1').match(/[^=]+={0,2}/g) ?? [];
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
}

function readFrames(bytes: Buffer, answer: GrpcWebAnswer): void {
  for (let at = 0; at < bytes.length; ) {
    const flags = bytes.readUInt8(at);
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) throw new Error('the body ends inside a frame');
    const payload = bytes.subarray(at + 5, end);
    if (answer.trailerText !== undefined) throw new Error('a frame after the trailers');
    if (flags & 0x80) readTrailers(payload.toString('latin1'), answer);
    else answer.messages.push(payload);
    at = end;
  }
}

/** Lines end in CRLF, names are lower-case, and there are no blank lines. */
function readTrailers(text: string, answer: GrpcWebAnswer): void {
  answer.trailerText = text;
  if (!text.endsWith('\r\n')) throw new Error('the trailers do not end a line');
  for (const line of text.slice(0, -2).split('\r\n')) {
    const match = /^([a-z0-9!#$%&'*+.^_`|~-]+):[ \t]?([\t\x20-\x7e]*)$/.exec(line);
    if (!match) throw new Error(`no trailer: ${JSON.stringify(line)}`);
    const [, name = '', value = ''] = match;
    answer.trailers.set(name, [...(answer.trailers.get(name) ?? []), value]);
  }
}
