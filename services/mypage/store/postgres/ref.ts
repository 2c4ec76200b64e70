import { type DocumentKind, isDocumentKind } from '../../domain/document.ts';

/** `<kind>/<id>` of a document, `entry/<id>` of an entry. */
export function entryRef(id: string): string {
  return `entry/${id}`;
}

/** Undefined for a kind of document that only a newer version of this service knows, which may run beside this one. */
export function readRef(ref: string): { kind: DocumentKind | 'entry'; id: string } | undefined {
  const slash = ref.indexOf('/');
  const kind = ref.slice(0, slash);
  if (kind !== 'entry' && !isDocumentKind(kind)) return undefined;
  return { kind, id: ref.slice(slash + 1) };
}
