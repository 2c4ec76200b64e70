import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '#shared/errors/fault';
import { toStatus } from '#shared/rpc/status';

export interface ServerLimits {
  /** Largest request line and headers together, in bytes. */
  headerBytes: number;
  /** Longest time for the headers to arrive, in milliseconds. */
  headersMs: number;
}

/** The HTTP/1.1 server. What is not HTTP at all is answered in the same form as every other error. */
export function createHttpServer(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  limits: ServerLimits,
): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      // A body may take as long as its file is large; its pauses are limited where it is read.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
      keepAliveTimeout: 65_000,
      // A caller whose machine went away without a goodbye is noticed, also where a stream has nothing to say for hours.
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    },
    handler,
  );
  server.maxHeadersCount = 200;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerBroken(error, socket as Socket));
  return server;
}

function answerBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [line, fault] = brokenAnswer(error.code);
  const { code, details } = toStatus(fault);
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: fault.reason,
    domain: 'jangbu',
    metadata: {},
  };
  const body = JSON.stringify({ code, message: details, details: [info] });
  socket.end(
    `HTTP/1.1 ${line}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function brokenAnswer(code: string | undefined): [line: string, fault: Fault] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        new Fault('REQUEST_TOO_LARGE', { message: 'the headers are too large' }),
      ];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', new Fault('DEADLINE_EXCEEDED', { message: 'the headers did not arrive in time' })];
    default:
      return ['400 Bad Request', new Fault('INVALID_REQUEST', { message: 'this is not an HTTP/1.1 request' })];
  }
}
