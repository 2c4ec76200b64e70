import { uuidv7 } from 'uuidv7';

/** A new id: UUIDv7, so ids made later sort later. */
export function newId(): string {
  return uuidv7();
}
