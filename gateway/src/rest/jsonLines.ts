import { Fault } from '#shared/errors/fault';

/** Splits a stream into its lines, however it was cut on the way; empty lines are left out. */
export async function* jsonLines(chunks: AsyncIterable<Buffer>, longest: number): AsyncGenerator<Buffer> {
  let open: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...open, chunk.subarray(from, to)]);
      open = [];
      size = 0;
      from = to + 1;
      if (hasContent(line)) yield within(line, longest);
    }
    if (from < chunk.length) {
      open.push(chunk.subarray(from));
      size += chunk.length - from;
      if (size > longest) throw tooLong(longest);
    }
  }
  const last = Buffer.concat(open);
  if (hasContent(last)) yield within(last, longest);
}

function within(line: Buffer, longest: number): Buffer {
  if (line.length > longest) throw tooLong(longest);
  return line;
}

function hasContent(line: Buffer): boolean {
  return line.length > 1 || (line.length === 1 && line[0] !== 13);
}

function tooLong(longest: number): Fault {
  return new Fault('REQUEST_TOO_LARGE', { message: `a line is longer than ${longest} bytes` });
}
