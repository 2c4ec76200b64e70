import type { Socket } from 'node:net';

/** What a client of HTTP/2 says first (RFC 9113, 3.4); no request of HTTP/1.1 begins like it. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export type FirstWords = 'http1' | 'http2' | 'none';

/** Which protocol the bytes begin; undefined while they may still become either. */
export function protocolOf(bytes: Buffer): 'http1' | 'http2' | undefined {
  const length = Math.min(bytes.length, preface.length);
  if (bytes.compare(preface, 0, length, 0, length) !== 0) return 'http1';
  return length === preface.length ? 'http2' : undefined;
}

/**
 * Waits for a connection's first bytes, puts them back and tells whose they are; `none` where too few of them came in
 * time. A connection that ends meanwhile is destroyed and never told of.
 */
export function sniff(socket: Socket, limitMs: number, decided: (words: FirstWords) => void): void {
  let read: Buffer | undefined;
  const settle = (words: FirstWords) => {
    clearTimeout(timer);
    socket.off('readable', onReadable);
    socket.off('end', onEnd);
    socket.off('error', onError);
    socket.off('close', onClose);
    if (read) socket.unshift(read);
    decided(words);
  };
  const onReadable = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    read = read ? Buffer.concat([read, chunk]) : chunk;
    const protocol = protocolOf(read);
    if (protocol) settle(protocol);
  };
  const onEnd = () => socket.destroy();
  const onError = () => socket.destroy();
  const onClose = () => clearTimeout(timer);
  const timer = setTimeout(() => settle('none'), limitMs);
  socket.on('readable', onReadable);
  socket.on('end', onEnd);
  socket.on('error', onError);
  socket.on('close', onClose);
}
