/** An HTTP/1.1 answer as it stood on the wire. */
export interface HttpAnswer {
  status: number;
  headers: Map<string, string[]>;
  body: Buffer;
}

const statusLine = /^HTTP\/1\.1 ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/;

/** Splits what a connection said into answers; throws where it is not HTTP/1.1 to the letter, or ends in the middle. */
export function readAnswers(bytes: Buffer): HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error('the head does not end');
    const [first = '', ...lines] = rest.toString('latin1', 0, end).split('\r\n');
    const status = Number(statusLine.exec(first)?.[1]);
    if (!status) throw new Error(`no status line: ${JSON.stringify(first)}`);
    const headers = readHeaders(lines);
    const [body, taken] = readBody(status, headers, rest.subarray(end + 4));
    if (status >= 200) answers.push({ status, headers, body });
    rest = rest.subarray(end + 4 + taken);
  }
  return answers;
}

function readHeaders(lines: string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const match = headerLine.exec(line);
    if (!match) throw new Error(`no header: ${JSON.stringify(line)}`);
    const name = (match[1] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), match[2] ?? '']);
  }
  return headers;
}

function readBody(status: number, headers: Map<string, string[]>, rest: Buffer): [body: Buffer, taken: number] {
  const lengths = headers.get('content-length') ?? [];
  const chunked = headers.get('transfer-encoding')?.join() === 'chunked';
  if (lengths.length + Number(chunked) > 1) throw new Error('more than one length');
  if (status < 200 || status === 204 || status === 304) return [Buffer.alloc(0), 0];
  if (chunked) return readChunks(rest);
  if (lengths.length === 0) {
    // To callers of HTTP/1.0 and before, the end of the connection is the end of the body.
    if (headers.get('connection')?.join() !== 'close') throw new Error('no length');
    return [rest, rest.length];
  }
  const length = Number(lengths[0]);
  if (!(length <= rest.length)) throw new Error(`a body of ${length} ends after ${rest.length}`);
  return [rest.subarray(0, length), length];
}

function readChunks(rest: Buffer): [body: Buffer, taken: number] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = rest.indexOf('\r\n', at);
    const size = rest.toString('latin1', at, end);
    if (end < 0 || !/^[0-9a-fA-F]+$/.test(size)) throw new Error('a chunk without a size');
    const from = end + 2;
    const to = from + Number.parseInt(size, 16);
    if (rest.toString('latin1', to, to + 2) !== '\r\n') throw new Error('a chunk that does not end');
    if (to === from) return [Buffer.concat(chunks), to + 2];
    chunks.push(rest.subarray(from, to));
    at = to + 2;
  }
}
