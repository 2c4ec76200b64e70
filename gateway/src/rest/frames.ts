import type { IncomingMessage } from 'node:http';
import type { SystemParameters } from '../transcode/systemParameters.ts';

/** How a stream of JSON messages is written. */
export interface Frames {
  contentType: string;
  open: string;
  /** `index` counts messages and the error together. */
  message(json: string, index: number): string;
  error(json: string, index: number): string;
  close: string;
}

const ndjson: Frames = {
  contentType: 'application/x-ndjson',
  open: '',
  message: (json) => `${json}\n`,
  error: (json) => `{"error":${json}}\n`,
  close: '',
};

const events: Frames = {
  contentType: 'text/event-stream',
  open: '',
  message: (json) => `data: ${json}\n\n`,
  error: (json) => `event: error\ndata: ${json}\n\n`,
  close: '',
};

const array: Frames = {
  contentType: 'application/json',
  open: '[',
  message: (json, index) => (index === 0 ? json : `,${json}`),
  error: (json, index) => `${index === 0 ? '' : ','}{"error":${json}}`,
  close: ']',
};

/** The notation that the Accept header names first, then what `$alt` says; NDJSON where the caller has no wish. */
export function framesFor(request: IncomingMessage, system: SystemParameters): Frames {
  for (const range of (request.headers.accept ?? '').split(',')) {
    switch (range.split(';')[0]?.trim().toLowerCase()) {
      case 'application/x-ndjson':
        return ndjson;
      case 'text/event-stream':
        return events;
      case 'application/json':
        return array;
    }
  }
  if (system.stream === 'array') return array;
  return system.stream === 'events' ? events : ndjson;
}
