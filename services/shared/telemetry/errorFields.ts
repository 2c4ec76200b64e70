import { Fault } from '../errors/fault.ts';

/** An error as a log line carries it. */
export interface ErrorFields {
  type: string;
  message: string;
  /** Where it was thrown: the frames alone, because the head of a stack repeats the message. */
  stack?: string;
  /** PostgreSQL's, gRPC's or Node's. */
  code?: string | number;
  /** Of the catalogue of failures. */
  reason?: string;
  cause?: ErrorFields;
}

const deepest = 4;

/**
 * An error without what it may know about a person. PostgreSQL adds the row in question to its errors (`detail`, `where`), and repeats a value
 * that it cannot read in the message; libraries hang whole requests on theirs. So the few fields that tell what went wrong are picked, and
 * texts are looked through for addresses and numbers.
 */
export function errorFields(error: unknown, depth = 0): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutPersonalData(String(error)) };
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  const isPostgres = typeof severity === 'string' && typeof code === 'string';
  const message = isPostgres ? withoutValues(error.message) : error.message;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message: withoutPersonalData(message),
    ...(frames && frames.length > 0 && { stack: frames.join('\n') }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(error instanceof Fault && { reason: error.reason }),
    ...(error.cause !== undefined && depth < deepest && { cause: errorFields(error.cause, depth + 1) }),
  };
}

/** `invalid input syntax for type uuid: "…"`: what stands behind the last colon is somebody's input. */
function withoutValues(message: string): string {
  return message.replace(/: ".*"$/s, ': "…"');
}

const mail = /[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+/g;
// Seven digits or more, in groups as they are written on paper; not inside an id, a hash or a decimal.
const telephone = /(?<![\w.-])\+?\d(?:[ -]?\d){6,14}(?![\w.-])/g;

/** A text without mail addresses and telephone numbers. */
export function withoutPersonalData(text: string): string {
  return text.replace(mail, '…@…').replace(telephone, '…');
}
