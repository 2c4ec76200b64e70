import { type DocumentKind, isDocumentKind } from '../../domain/document.ts';

/** `<kind>/<id>` of a document, `entry/<id>` of an entry. */
export function entryRef(id: string): string {
  return `entry/${id}`;
}

export function readRef(ref: string): { kind: DocumentKind | 'entry'; id: string } {
  const slash = ref.indexOf('/');
  const kind = ref.slice(0, slash);
  if (kind !== 'entry' && !isDocumentKind(kind)) throw new Error(`no reference: ${ref}`);
  return { kind, id: ref.slice(slash + 1) };
}
