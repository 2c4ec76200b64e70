import type { DescMessage, Message, MessageShape } from '@bufbuild/protobuf';
import type { Envelope } from '#shared/inbox/consumer';
import type { Write } from '../domain/write.ts';

/** What is known of an event besides its body, live and out of a source's log alike. */
export type About = Pick<Envelope, 'id' | 'time' | 'sequence'>;

/**
 * What one type of event does to the view. It knows nothing but the event, neither the clock nor the view as it is, so the same events
 * always give the same view: live, repeated, or read again years later.
 */
export interface Projection {
  schema: DescMessage;
  project(event: Message, about: About): Write[];
}

export function projection<Desc extends DescMessage>(
  schema: Desc,
  project: (event: MessageShape<Desc>, about: About) => Write[],
): Projection {
  return { schema, project: (event, about) => project(event as MessageShape<Desc>, about) };
}
