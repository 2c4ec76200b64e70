import type { Socket } from 'node:net';
import { Fault } from '#shared/errors/fault';
import { domain, toStatus } from '#shared/rpc/status';
import { securityHeaders } from './securityHeaders.ts';

/**
 * Answers on a bare connection, where there is no request to answer to: in the form of every other error, as HTTP/1.1. The
 * connection is closed after it.
 */
export function answerBroken(socket: Socket, line: string, fault: Fault): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { code, details } = toStatus(fault);
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: fault.reason,
    domain,
    metadata: fault.metadata,
  };
  const body = JSON.stringify({ code, message: details, details: [info] });
  const headers = [
    ...securityHeaders,
    ['content-type', 'application/json'],
    ['content-length', String(Buffer.byteLength(body))],
    ...(fault.retryAfterMs === undefined ? [] : [['retry-after', String(Math.ceil(fault.retryAfterMs / 1_000))]]),
    ['connection', 'close'],
  ];
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${line}\r\n${head}\r\n${body}`);
  // Whoever does not read this, or never says goodbye, does not keep the connection.
  socket.setTimeout(lingerMs, () => socket.destroy());
}

const lingerMs = 2_000;

/** What the parser of HTTP/1.1 complains of. Its texts are for nobody. */
export function parserFault(code: string | undefined): [line: string, fault: Fault] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        new Fault('REQUEST_TOO_LARGE', { message: 'the headers are too large', metadata: { part: 'headers' } }),
      ];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return lateHeaders();
    default:
      return ['400 Bad Request', new Fault('INVALID_REQUEST', { message: 'this is not an HTTP request' })];
  }
}

export function lateHeaders(): [line: string, fault: Fault] {
  return ['408 Request Timeout', new Fault('DEADLINE_EXCEEDED', { message: 'the headers did not arrive in time' })];
}

export function tooManyConnections(most: number): [line: string, fault: Fault] {
  const message = 'too many connections are open';
  const fault = new Fault('OVERLOADED', { message, metadata: { limit: String(most) }, retryAfterMs: 1_000 });
  return ['503 Service Unavailable', fault];
}
