import type PDFDocument from 'pdfkit';

export interface Column {
  title: string;
  /** Set flush right, as numbers are. */
  right?: boolean;
  /** How wide it is compared with the others; 1 unless told. */
  share?: number;
}

const rowHeight = 16;

/** Writes a table as wide as the page; begins a new page, with the titles again, where one is full. */
export function table(
  document: InstanceType<typeof PDFDocument>,
  title: string,
  columns: Column[],
  rows: string[][],
): void {
  const { left, right, bottom } = document.page.margins;
  const shares = columns.reduce((sum, { share = 1 }) => sum + share, 0);
  const unit = (document.page.width - left - right) / shares;
  const full = () => document.y + 2 * rowHeight > document.page.height - bottom;
  const write = (cells: string[]) => {
    const y = document.y;
    let x = left;
    for (const [index, { right: flushRight, share = 1 }] of columns.entries()) {
      const align = flushRight ? 'right' : 'left';
      const width = share * unit - 6;
      document.text(cells[index] ?? '', x, y, { width, height: rowHeight, ellipsis: true, align });
      x += share * unit;
    }
    document.x = left;
    document.y = y + rowHeight;
  };
  const begin = () => {
    document.font('bold').fontSize(9);
    write(columns.map((column) => column.title));
    document.font('regular').fontSize(8);
  };
  if (full()) document.addPage();
  document.font('bold').fontSize(12).text(title, left);
  document.moveDown(0.3);
  begin();
  for (const cells of rows) {
    if (full()) {
      document.addPage();
      begin();
    }
    write(cells);
  }
  document.moveDown();
}
