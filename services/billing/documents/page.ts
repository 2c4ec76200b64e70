import type PDFDocument from 'pdfkit';

type Pdf = InstanceType<typeof PDFDocument>;

export interface Cell {
  text: string;
  /** Column from the left edge of the text, in points. */
  x: number;
  width: number;
  align?: 'left' | 'right';
  bold?: boolean;
}

const left = 50;
const bottom = 780;

/** Draws rows from top to bottom and begins a new page where one is full. */
export class Sheet {
  readonly #pdf: Pdf;
  #y = left;

  constructor(pdf: Pdf) {
    this.#pdf = pdf;
  }

  row(cells: Cell[], options: { size?: number; height?: number } = {}): void {
    const { size = 9, height = size + 7 } = options;
    this.reserve(height);
    for (const { text, x, width, align = 'left', bold } of cells) {
      this.#pdf
        .font(bold ? 'bold' : 'regular')
        .fontSize(size)
        // One row has one line: what is too long ends in an ellipsis instead of running into the next row.
        .text(text, left + x, this.#y, { width, align, height: size + 2, ellipsis: true });
    }
    this.#y += height;
  }

  rule(): void {
    this.reserve(8);
    this.#pdf.moveTo(left, this.#y).lineTo(545, this.#y).lineWidth(0.5).strokeColor('#888888').stroke();
    this.#y += 6;
  }

  space(points: number): void {
    this.#y += points;
  }

  /** Begins a new page unless so many points are left on this one. */
  reserve(points: number): void {
    if (this.#y + points <= bottom) return;
    this.#pdf.addPage();
    this.#y = left;
  }
}
