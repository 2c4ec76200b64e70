import type { AnyDocument, Content, Document, DocumentKind } from './document.ts';
import type { Entry } from './entry.ts';

/** Changes a document by what it is; the customer need not be known. Undefined where nothing is to be changed. */
export interface Amendment {
  kind: 'line';
  id: string;
  sequence: bigint;
  amend: (line: Content<'line'>) => Content<'line'> | undefined;
}

/** What an event does to the view. Repeating it, or doing it after a newer event about the same thing, changes nothing. */
export type Write =
  | { type: 'document'; document: AnyDocument }
  | { type: 'entry'; entry: Entry }
  | { type: 'amendment'; amendment: Amendment };

export function put<Kind extends DocumentKind>(
  kind: Kind,
  sequence: bigint,
  content: Content<Kind> & { id: string },
  customerId: string,
): Write {
  const document: Document<Kind> = { kind, id: content.id, customerId, sequence, content };
  return { type: 'document', document: document as unknown as AnyDocument };
}

export function tell(entry: Entry): Write {
  return { type: 'entry', entry };
}

/** Writes that may be done all at once, and then an amendment of what is there by now. */
export interface Batch {
  /** The newest of each. */
  documents: AnyDocument[];
  entries: Entry[];
  amendment: Amendment | undefined;
}

export function batches(writes: readonly Write[]): Batch[] {
  const result: Batch[] = [];
  let documents = new Map<string, AnyDocument>();
  let entries = new Map<string, Entry>();
  const close = (amendment?: Amendment) => {
    if (documents.size + entries.size === 0 && !amendment) return;
    result.push({ documents: [...documents.values()], entries: [...entries.values()], amendment });
    documents = new Map();
    entries = new Map();
  };
  for (const write of writes) {
    switch (write.type) {
      case 'document': {
        const key = `${write.document.kind} ${write.document.id}`;
        const before = documents.get(key);
        if (!before || before.sequence <= write.document.sequence) documents.set(key, write.document);
        break;
      }
      case 'entry':
        entries.set(write.entry.id, write.entry);
        break;
      case 'amendment':
        close(write.amendment);
        break;
      default:
        write satisfies never;
    }
  }
  close();
  return result;
}
