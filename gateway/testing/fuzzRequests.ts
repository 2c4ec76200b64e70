import { gzipSync } from 'node:zlib';
import { frame } from './grpcWebCall.ts';

/** Numbers from 0 to 1 that are the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function request(line: string, headers: string[], body: Buffer | string = ''): Buffer {
  const head = [`${line} HTTP/1.1`, 'host: lab', ...headers].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

function sized(line: string, type: string, body: Buffer | string, more: string[] = []): Buffer {
  return request(line, [`content-type: ${type}`, `content-length: ${Buffer.byteLength(body)}`, ...more], body);
}

function chunked(line: string, type: string, parts: (Buffer | string)[]): Buffer {
  const chunks = parts.flatMap((part) => [`${Buffer.byteLength(part).toString(16)}\r\n`, part, '\r\n']);
  const body = Buffer.concat([...chunks, '0\r\n\r\n'].map((each) => Buffer.from(each)));
  return request(line, [`content-type: ${type}`, 'transfer-encoding: chunked'], body);
}

const json = '{"name":"x","dish":{"fText":"y","fInt64":"5","time":"2026-11-30T14:50:00Z","byText":{"a":"b"},"any":{}}}';
const script = frame(Buffer.from([0x0a, 0x05, 0x12, 0x03, 0x6f, 0x6e, 0x65]));
const web = '/lab.script.v1.Scripted';

/** Requests in order, of every kind that the gateway serves; what the fuzz makes is made of them. */
const orderly: Buffer[] = [
  request('GET /v1/echo?text=a&nested.numbers=1&level=HIGH&time=2026-11-30T14:50:00Z', ['accept: application/json']),
  request('GET /v1/shelves/a%20b/books/c%2Fd', ['x-request-id: 1', 'grpc-metadata-a-bin: AQI=']),
  request('GET /k1/orders/first/hello/second/zzz/bool/true:trailing?$alt=json%3Benum-encoding=int', []),
  request('GET /v1/counts?to=5', ['accept: text/event-stream', 'grpc-timeout: 5S']),
  request('OPTIONS /v1/echo', ['origin: http://x.example', 'access-control-request-method: POST']),
  request('DELETE /v1/echo', ['authorization: Bearer a.b.c']),
  request('GET /v1/fail?code=5&message=x&reason=A', ['if-none-match: "1"', 'accept-encoding: gzip, br']),
  sized('POST /k1/orders:whole', 'application/json', json, ['idempotency-key: k', 'if-match: "1"']),
  sized('PATCH /k1/mixed/a/b?fInt32=1', 'application/json', '{"fBool":true}'),
  sized('POST /k1/loose', 'application/json', '[[[{"a":1e400}]],"\\ud800",12345678901234567890]'),
  sized('POST /v1/echo', 'application/json', gzipSync('{"text":"packed"}'), ['content-encoding: gzip']),
  sized('POST /v1/mirror', 'image/x', Buffer.from([0, 255, 1])),
  chunked('POST /v1/uploads?name=a', 'text/csv', ['a,b\n', 'c,d\n']),
  chunked('POST /v1/chats', 'application/x-ndjson', ['{"text":"a"}\n{"te', 'xt":"b"}\n']),
  sized(`POST ${web}/Unary`, 'application/grpc-web+proto', script, ['x-grpc-web: 1', 'grpc-timeout: 900m']),
  sized(`POST ${web}/ServerStream`, 'application/grpc-web-text', script.toString('base64'), ['x-a-bin: AQ']),
  chunked(`POST ${web}/BidiStream`, 'application/grpc-web', [script, script]),
  sized(`POST ${web}/Unary`, 'application/grpc-web+json', frame(Buffer.from('{"script":{}}'))),
];

const fragments = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  '%',
  '%00',
  '%2F',
  '%zz',
  '/',
  '//',
  '/../',
  '?',
  '&',
  '=',
  '#',
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/9.9',
  'content-length: 5\r\n',
  'content-length: -1\r\n',
  'content-length: 99999999999999999999\r\n',
  'transfer-encoding: chunked\r\n',
  'transfer-encoding: identity, chunked\r\n',
  'expect: 100-continue\r\n',
  'connection: upgrade\r\nupgrade: websocket\r\n',
  'grpc-timeout: 0n\r\n',
  'grpc-timeout: 99999999H\r\n',
  'grpc-encoding: gzip\r\n',
  'content-encoding: br\r\n',
  'accept: */*;q=x\r\n',
  'te: trailers\r\n',
  'x-a-bin: ?\r\n',
  '\ud83d\ude08',
  '__proto__',
  'constructor',
  '$alt=json',
  '1e999',
  '-0',
  'NaN',
  'null',
  '\u00ff\u00fe',
  'ffffffff\r\n',
  '0\r\n\r\n',
  '\x80\x00\x00\x00\x00',
  '\x01\x00\x00\x00\x05',
].map((text) => Buffer.from(text, 'utf8'));

/** One request of the fuzz: orderly, damaged in a few places, or nothing but noise. */
export function fuzzRequest(random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: T[], fallback: T): T => list[below(list.length)] ?? fallback;
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
  if (random() < 0.04) return noise(1 + below(300));
  let bytes = pick(orderly, Buffer.alloc(0));
  const damages = random() < 0.1 ? 0 : 1 + below(4);
  for (let count = 0; count < damages; count++) {
    const at = below(bytes.length + 1);
    const upTo = Math.min(bytes.length, at + 1 + below(12));
    const [before, cut, after] = [bytes.subarray(0, at), bytes.subarray(at, upTo), bytes.subarray(upTo)];
    switch (below(7)) {
      case 0:
        bytes = Buffer.concat([before, noise(cut.length), after]);
        break;
      case 1:
        bytes = Buffer.concat([before, after]);
        break;
      case 2:
        bytes = Buffer.concat([before, cut, cut, cut, after]);
        break;
      case 3:
        bytes = Buffer.concat([before, pick(fragments, noise(1)), cut, after]);
        break;
      case 4:
        bytes = Buffer.from(before);
        break;
      case 5: {
        const other = pick(orderly, noise(9));
        bytes = Buffer.concat([before, other.subarray(below(other.length))]);
        break;
      }
      default:
        bytes = Buffer.concat([before, Buffer.alloc(1 + below(3_000), cut.length > 0 ? cut : 'x'), after]);
    }
  }
  return bytes;
}
