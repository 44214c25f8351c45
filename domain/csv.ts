/** CSV (RFC 4180) with a header line. A cell that a spreadsheet would run as a formula is made text. */
export function toCsv(header: readonly string[], table: readonly (readonly string[])[]): string {
  return [header, ...table].map(csvLine).join('');
}

/** One line of it, for what is too long to be held as a whole. */
export function csvLine(row: readonly string[]): string {
  return `${row.map(cell).join(',')}\r\n`;
}

function cell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
