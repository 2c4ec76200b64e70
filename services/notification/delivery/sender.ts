import type { Outcome } from '../domain/retry.ts';

/** A document as it goes out. */
export interface SentDocument {
  name: string;
  contentType: string;
  bytes: Buffer;
}

/** A message with everything it needs to go out. */
export interface OutgoingMessage {
  /** The same at every attempt: by it a provider recognises a repeat. */
  id: string;
  to: string;
  subject: string;
  body: string;
  documents: SentDocument[];
  createTime: Date;
}

/** A way to send; settles within its own time limit and says how it ended instead of throwing. */
export type Send = (message: OutgoingMessage) => Promise<Outcome>;
