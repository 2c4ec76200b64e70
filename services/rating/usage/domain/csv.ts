/** One line of CSV by RFC 4180. */
export function csvRow(fields: string[]): string {
  const escaped = fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field));
  return `${escaped.join(',')}\r\n`;
}
