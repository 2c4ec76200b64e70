import { DocumentFormat, type GetSettlementDocumentRequest } from '#proto/settlement/v1/settlement_service';
import type { Database, Sql } from '#shared/database/database';
import { csvDocument } from '../document/csv.ts';
import { pdfDocument } from '../document/pdf.ts';
import { inPieces } from '../document/pieces.ts';
import { loadOwnBook } from '../store/books.ts';
import { overSnapshot } from '../store/snapshot.ts';
import { requireHead } from './getSettlement.ts';

/** The document of one instant of the settlement, in pieces; the first one says what it is. */
export function getSettlementDocument(database: Database) {
  return async function* ({ business, period, format }: GetSettlementDocumentRequest) {
    const csv = format === DocumentFormat.CSV;
    const bytes = overSnapshot(database, async function* (sql: Sql) {
      const head = await requireHead(sql, { business, period });
      if (csv) yield* csvDocument(sql, head);
      else yield* pdfDocument(head, await loadOwnBook(sql, head));
    });
    let contentType = csv ? 'text/csv; charset=utf-8' : 'application/pdf';
    for await (const data of inPieces(bytes)) {
      yield { contentType, data };
      contentType = '';
    }
  };
}
