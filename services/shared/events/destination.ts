/** `jangbu.<service>.<aggregate>.<Event>.<version>`, of which a subject has the aggregate's id besides. */
const parts = 5;

/**
 * What spans and metrics call the destination of an event: its subject without the id of the aggregate, so that there are as many as there
 * are types of events.
 */
export function destinationOf(subject: string): string {
  return subject.split('.', parts).join('.');
}
