import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabWorld, startLabWorld } from '../../testing/labWorld.ts';
import { exchangeRaw } from '../../testing/rawSocket.ts';

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

interface Answer {
  status: number;
  headers: Headers;
  json: Record<string, unknown>;
}

async function ask(line: string, init: RequestInit = {}): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ');
  const response = await fetch(world.url + path, { method, ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === '' ? {} : JSON.parse(text) };
}

function send(line: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(line, { body: body as string, headers: { 'content-type': 'application/json', ...headers } });
}

function violations(answer: Answer): string[] {
  const details = answer.json.details as { fieldViolations?: { field: string }[] }[];
  return details.flatMap((detail) => detail.fieldViolations?.map(({ field }) => field) ?? []);
}

describe('query parameters', () => {
  test.each([
    ['text=a', { text: 'a' }],
    ['text=', { text: '' }],
    ['text=a+b%20c%2Bd', { text: 'a b c+d' }],
    ['text=%ED%95%9C', { text: '한' }],
    ['text=a=b', { text: 'a=b' }],
    ['count=7', { count: 7 }],
    ['count=-7', { count: -7 }],
    ['count=007', { count: 7 }],
    ['bigCount=9223372036854775807', { bigCount: '9223372036854775807' }],
    ['big_count=-9223372036854775808', { bigCount: '-9223372036854775808' }],
    ['small=4294967295', { small: 4294967295 }],
    ['huge=18446744073709551615', { huge: '18446744073709551615' }],
    ['flag=true', { flag: true }],
    ['flag=false', { flag: false }],
    ['ratio=1.5e3', { ratio: 1500 }],
    ['ratio=NaN', { ratio: 'NaN' }],
    ['ratio=-Infinity', { ratio: '-Infinity' }],
    ['data=%2B%2F8%3D', { data: '+/8=' }],
    ['data=-_8', { data: '+/8=' }],
    ['level=LEVEL_HIGH', { level: 'LEVEL_HIGH' }],
    ['level=HIGH', { level: 'LEVEL_HIGH' }],
    ['level=2', { level: 'LEVEL_HIGH' }],
    ['level=77', { level: 77 }],
    ['tags=a&tags=b', { tags: ['a', 'b'] }],
    ['levels=LOW&levels=2', { levels: ['LEVEL_LOW', 'LEVEL_HIGH'] }],
    ['nested.text=x', { nested: { text: 'x' } }],
    ['nested.deeper.text=y&nested.text=x', { nested: { text: 'x', deeper: { text: 'y' } } }],
    ['nested.numbers=1&nested.numbers=2', { nested: { numbers: [1, 2] } }],
    ['time=2026-11-30T14:50:00Z', { time: '2026-11-30T14:50:00Z' }],
    ['time=2026-11-30T23:50:00.5%2B09:00', { time: '2026-11-30T14:50:00.500Z' }],
    ['pause=1.5s', { pause: '1.500s' }],
    ['mask=text,bigCount', { mask: 'text,bigCount' }],
    ['mask=big_count,nested.deeper', { mask: 'bigCount,nested.deeper' }],
    ['wrappedCount=0', { wrappedCount: 0 }],
    ['wrapped_text=x', { wrappedText: 'x' }],
    ['wrappedFlag=true', { wrappedFlag: true }],
    ['maybe=', { maybe: '' }],
    ['left=a', { left: 'a' }],
    ['middle.text=a', { middle: { text: 'a' } }],
    ['$alt=json&%24prettyPrint=false&text=a', { text: 'a' }],
    ['', { text: '', count: 0, bigCount: '0', flag: false, tags: [], level: 'LEVEL_UNSPECIFIED' }],
    ['&&text=a&', { text: 'a' }],
  ])('?%s', async (query, expected) => {
    const answer = await ask(`GET /v1/echo?${query}`);
    expect(answer.json).toMatchObject(expected);
    expect(answer.status).toBe(200);
  });

  test.each([
    ['nothing=1', 'nothing'],
    ['nested.nothing=1', 'nested.nothing'],
    ['text.deeper=1', 'text.deeper'],
    ['nested=1', 'nested'],
    ['items.text=1', 'items.text'],
    ['scores=1', 'scores'],
    ['text=a&text=b', 'text'],
    ['big_count=1&bigCount=2', 'bigCount'],
    ['count=x', 'count'],
    ['count=', 'count'],
    ['count=1.5', 'count'],
    ['count=2147483648', 'count'],
    ['count=0x10', 'count'],
    ['small=-1', 'small'],
    ['bigCount=9223372036854775808', 'bigCount'],
    ['flag=yes', 'flag'],
    ['ratio=1,5', 'ratio'],
    ['ratio=', 'ratio'],
    ['data=%21%21', 'data'],
    ['level=LOUD', 'level'],
    ['level=high', 'level'],
    ['level=', 'level'],
    ['time=yesterday', 'time'],
    ['time=2026-13-01T00:00:00Z', 'time'],
    ['time=2026-02-30T00:00:00Z', 'time'],
    ['pause=5', 'pause'],
    ['left=a&right=1', 'right'],
    ['left=a&middle.text=1', 'middle.text'],
    ['text=%zz', 'text'],
    ['%zz=1', 'query'],
  ])('?%s is refused', async (query, field) => {
    const answer = await ask(`GET /v1/echo?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 3, details: [{ reason: 'INVALID_REQUEST', domain: 'jangbu' }, {}] });
    expect(violations(answer)).toEqual([field]);
    expect(JSON.stringify(answer.json)).not.toMatch(/decode|JSON at|lab\.v1/);
  });

  test('what path or body hold cannot be set by the query', async () => {
    expect(violations(await ask('GET /v1/echo/a?text=b'))).toEqual(['text']);
    expect(violations(await send('POST /v1/echo?text=b', '{}'))).toEqual(['text']);
    expect(violations(await send('PATCH /v1/nested/a?nested.numbers=1', '{}'))).toEqual(['nested.numbers']);
  });
});

describe('path, body and response', () => {
  test.each([
    ['GET /v1/echo/a%2Fb', { text: 'a/b' }],
    ['GET /v1/echo/special', { text: '' }],
    ['GET /v1/shelves/1/books/2', { name: 'shelves/1/books/2' }],
    ['GET /v1/files/a/b:stat', { name: 'files/a/b' }],
    ['GET /v1/files/a%2Fb/c', { name: 'files/a%2Fb/c' }],
    ['GET /v1/counts/5/HIGH', { count: 5, level: 'LEVEL_HIGH' }],
    ['REPORT /v1/echo?text=a', { text: 'a' }],
    ['GET /v1/inner?nested.text=a', { text: 'a', numbers: [] }],
  ])('%s', async (line, expected) => {
    const answer = await ask(line);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject(expected);
  });

  test('the path wins over the body, also inside a message', async () => {
    expect((await send('POST /v1/echo/path:shout', '{"text":"body","count":1}')).json).toMatchObject({
      text: 'path',
      count: 1,
    });
    const answer = await send('PATCH /v1/nested/path?count=3', '{"text":"body","numbers":[1]}');
    expect(answer.json).toMatchObject({ nested: { text: 'path', numbers: [1] }, count: 3 });
  });

  test.each([
    ['{"bigCount":"9007199254740993","data":"+/8="}', { bigCount: '9007199254740993', data: '+/8=' }],
    ['{"big_count":5,"level":2}', { bigCount: '5', level: 'LEVEL_HIGH' }],
    ['{"time":"2028-02-29T23:59:59Z"}', { time: '2028-02-29T23:59:59Z' }],
    ['{"scores":{"a":1},"items":[{"text":"x"}]}', { scores: { a: 1 }, items: [{ text: 'x' }] }],
    ['\ufeff{"text":"bom"}', { text: 'bom' }],
    ['{"text":null}', { text: '' }],
    ['', { text: '' }],
  ])('body %s', async (body, expected) => {
    expect((await send('POST /v1/echo', body)).json).toMatchObject(expected);
  });

  test('a list is a body', async () => {
    expect((await send('PUT /v1/list', '[1,2,3]')).json).toMatchObject({ numbers: [1, 2, 3] });
  });

  test('a gzipped body is unpacked', async () => {
    const { gzipSync } = await import('node:zlib');
    const body = gzipSync('{"text":"packed"}');
    expect((await send('POST /v1/echo', body, { 'content-encoding': 'gzip' })).json).toMatchObject({ text: 'packed' });
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024, ' '));
    expect((await send('POST /v1/echo', bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await send('POST /v1/echo', '{}', { 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await send('POST /v1/echo', '{}', { 'content-encoding': 'br' })).status).toBe(415);
  });

  test.each([
    ['{', ['body']],
    ['nonsense', ['body']],
    ['[]', ['body']],
    ['"x"', ['body']],
    ['null', ['body']],
    ['{"nothing":1}', ['nothing']],
    ['{"nested":{"deeper":{"nothing":1}}}', ['nested.deeper.nothing']],
    ['{"nested":{"deeper":{"numbers":[1,"x"]}}}', ['nested.deeper.numbers[1]']],
    ['{"items":[{"text":"a"},{"text":1}]}', ['items[1].text']],
    ['{"items":{}}', ['items']],
    ['{"time":"2026-02-30T00:00:00Z"}', ['time']],
    ['{"time":"2026-02-29T23:59:59+09:00"}', ['time']],
    ['{"time":"2026-04-31T00:00:00Z"}', ['time']],
    ['{"time":"2026-04-30T24:00:00Z"}', ['time']],
    ['{"scores":{"a":"x"}}', ['scores["a"]']],
    ['{"count":"x"}', ['count']],
    ['{"bigCount":1.5}', ['big_count']],
    ['{"level":"LOUD"}', ['level']],
    ['{"time":"now"}', ['time']],
    ['{"left":"a","right":1}', ['choice']],
    ['{"big_count":1,"bigCount":2}', ['big_count']],
    [`{"nested":${'{"deeper":'.repeat(150)}{}${'}'.repeat(151)}`, ['body']],
    ['{"text":"\\ud800"}', ['text']],
  ])('body %s is refused', async (body, fields) => {
    const answer = await send('POST /v1/echo', body);
    expect(answer.status).toBe(400);
    expect(violations(answer)).toEqual(fields);
    expect(JSON.stringify(answer.json)).not.toMatch(/decode|JSON at position|Unexpected|lab\.v1/);
  });

  test('bytes that are no UTF-8, a body where none belongs, another content type', async () => {
    expect(violations(await send('POST /v1/echo', Buffer.from([0x7b, 0xff, 0x7d])))).toEqual(['body']);
    expect((await send('DELETE /v1/echo', '{}')).status).toBe(405);
    const form = await send('POST /v1/echo', '{}', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(form.status).toBe(415);
    expect(form.json).toMatchObject({ code: 3, details: [{ reason: 'CONTENT_TYPE_UNSUPPORTED' }] });
  });

  test('a body larger than the limit', async () => {
    const answer = await send('POST /v1/echo', `{"text":"${'x'.repeat(4 * 1024 * 1024)}"}`);
    expect(answer.status).toBe(413);
    expect(answer.json).toMatchObject({ code: 8, details: [{ reason: 'REQUEST_TOO_LARGE' }] });
  });

  test('HttpBody both ways', async () => {
    const response = await fetch(`${world.url}/v1/mirror`, {
      method: 'POST',
      body: Buffer.from([0, 255, 10]),
      headers: { 'content-type': 'image/x' },
    });
    expect(response.headers.get('content-type')).toBe('image/x');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0, 255, 10]));
  });
});

describe('errors', () => {
  test.each([
    [1, 499],
    [2, 500],
    [3, 400],
    [4, 504],
    [5, 404],
    [6, 409],
    [7, 403],
    [8, 429],
    [9, 400],
    [10, 409],
    [11, 400],
    [12, 501],
    [13, 500],
    [14, 503],
    [15, 500],
    [16, 401],
  ])('code %i is HTTP %i', async (code, status) => {
    const answer = await ask(`GET /v1/fail?code=${code}&message=${encodeURIComponent('왜 100%?')}&reason=LAB`);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({
      code,
      message: '왜 100%?',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'LAB', domain: 'lab', metadata: { a: 'b' } },
      ],
    });
  });

  test('further details, Retry-After, WWW-Authenticate', async () => {
    const answer = await ask('GET /v1/fail?code=14&message=x&reason=LAB&retryMs=1500&field=line.apn');
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(violations(answer)).toEqual(['line.apn']);
    expect((await ask('GET /v1/fail?code=16&message=x')).headers.get('www-authenticate')).toBe('Bearer');
    const wrong = await ask('GET /v1/fail?code=16&message=x', { headers: { authorization: 'Bearer x' } });
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  test('no route, another method, no such thing', async () => {
    const none = await ask('GET /v1/nothing');
    expect(none.status).toBe(404);
    expect(none.json).toMatchObject({ code: 5, details: [{ reason: 'ROUTE_NOT_FOUND', domain: 'jangbu' }] });
    const other = await ask('DELETE /v1/echo');
    expect(other.status).toBe(405);
    expect(other.headers.get('allow')).toBe('GET, POST, REPORT, HEAD');
    expect(other.json).toMatchObject({ code: 12, details: [{ reason: 'METHOD_NOT_ALLOWED' }] });
    expect((await ask('GET /v1/echo/%zz')).status).toBe(400);
  });

  test('a deadline that passes', async () => {
    for (const headers of [{ 'x-server-timeout': '0.05' }, { 'grpc-timeout': '50m' }]) {
      const answer = await ask('GET /v1/sleep?ms=2000', { headers });
      expect(answer.status).toBe(504);
      expect(answer.json).toMatchObject({
        code: 4,
        message: 'the deadline has passed',
        details: [{ reason: 'DEADLINE_EXCEEDED' }],
      });
    }
    expect(violations(await ask('GET /v1/sleep', { headers: { 'grpc-timeout': 'soon' } }))).toEqual(['grpc-timeout']);
    expect(violations(await ask('GET /v1/sleep', { headers: { 'x-server-timeout': '-1' } }))).toEqual([
      'x-server-timeout',
    ]);
  });

  test('a caller that goes away cancels the call', async () => {
    world.lab.cancelled.length = 0;
    const abort = new AbortController();
    const asked = fetch(`${world.url}/v1/sleep?ms=5000`, { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await expect(asked).rejects.toThrow();
    await expect.poll(() => world.lab.cancelled).toEqual(['/lab.v1.Lab/Sleep']);
  });
});

describe('metadata', () => {
  test('in: the contract’s headers and Grpc-Metadata; never what is not the caller’s', async () => {
    const { json } = await ask('GET /v1/metadata', {
      headers: {
        authorization: 'Bearer t',
        'idempotency-key': 'k',
        'if-match': '"3"',
        'x-request-id': 'abc',
        'grpc-metadata-colour': 'red',
        'grpc-metadata-raw-bin': 'AQL6',
        'grpc-metadata-x-caller-authorization': 'Bearer other',
        'x-caller-authorization': 'Bearer other',
        'x-custom': 'no',
        'x-forwarded-for': '10.0.0.1',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    });
    const entries = json.entries as Record<string, string>;
    expect(entries).toMatchObject({
      authorization: 'Bearer t',
      'idempotency-key': 'k',
      'if-match': '"3"',
      'x-request-id': 'abc',
      colour: 'red',
      'raw-bin': '0102fa',
      'x-forwarded-for': expect.stringMatching(/^10\.0\.0\.1, /),
      'x-forwarded-proto': 'http',
    });
    expect(entries.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
    expect(Object.keys(entries)).not.toContain('x-caller-authorization');
    expect(Object.keys(entries)).not.toContain('x-custom');
    expect(Number(entries.deadline)).toBeGreaterThan(25_000);
    expect(Number(entries.deadline)).toBeLessThanOrEqual(30_000);
  });

  test('MESH-1 in: a name twice that HTTP/2 knows as one thing', async () => {
    const lines = ['Host: lab', 'Grpc-Metadata-From: one', 'Grpc-Metadata-From: two', 'Connection: close'];
    const answered = await exchangeRaw(
      world.gateway.port,
      `GET /v1/metadata HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`,
    );
    expect(answered).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('out: as Grpc-Metadata, well-known ones as themselves, and a request id in any case', async () => {
    const { headers } = await ask('GET /v1/metadata');
    expect(headers.get('grpc-metadata-lab-colour')).toBe('green');
    expect(headers.get('grpc-metadata-lab-bytes-bin')).toBe('AQL6');
    expect(headers.get('content-disposition')).toBe('attachment; filename="x"');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect((await ask('GET /v1/nothing', { headers: { 'x-request-id': 'mine' } })).headers.get('x-request-id')).toBe(
      'mine',
    );
  });
});
