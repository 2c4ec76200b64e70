import { trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { errorFields } from './errorFields.ts';

export type Logger = PinoLogger;

/**
 * JSON lines on stdout, one event each; a line written inside a span carries its ids. The names of the fields are kept as they are, because searches
 * are written with them; they stand in the README.
 */
export function createLogger(
  service: string,
  level: string,
  destination: DestinationStream = pino.destination(1),
): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => errorFields(error) },
      mixin: () => {
        const span = trace.getActiveSpan()?.spanContext();
        return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
      },
    },
    destination,
  );
}

/** How long a line may wait for others, in milliseconds. */
const lingerMs = 100;
/** Bytes of lines that may wait for a reader who does not read; what comes then is left out. */
const mostWaiting = 16 * 1024 * 1024;

/**
 * Stdout for whoever writes a line a request: lines go out together, a few kilobytes or a tenth of a second of them. Those that wait when
 * the process ends are written then; only a kill loses them.
 */
export function unhurriedStdout(): DestinationStream {
  if (!stdout) {
    const stream = pino.destination({ dest: 1, sync: false, minLength: 4_096, maxLength: mostWaiting });
    setInterval(() => stream.flush(), lingerMs).unref();
    process.once('exit', () => stream.flushSync());
    stdout = stream;
  }
  return stdout;
}

let stdout: DestinationStream | undefined;
