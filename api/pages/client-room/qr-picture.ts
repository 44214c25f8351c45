import qrcode from 'qrcode-generator';

/** A code as one path of an SVG: `side` squares each way, the quiet margin among them. */
export interface QrPicture {
  readonly side: number;
  readonly path: string;
}

/** ISO/IEC 18004: four squares of quiet all around. */
const quiet = 4;

/** Draws a text as a QR code. Medium correction: it is read off a screen, and may have to be read off paper. */
export function qrPicture(text: string): QrPicture {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const rows = Array.from({ length: count }, (_, row) => rowPath(row, runsOf(code, row, count)));
  return { side: count + 2 * quiet, path: rows.join('') };
}

interface Run {
  readonly from: number;
  readonly length: number;
}

/** The dark squares of a row that stand side by side. */
function runsOf(code: QRCode, row: number, count: number): Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < count; column += 1) {
    if (!code.isDark(row, column)) continue;
    const last = runs.at(-1);
    if (last && last.from + last.length === column)
      runs.splice(-1, 1, { from: last.from, length: last.length + 1 });
    else runs.push({ from: column, length: 1 });
  }
  return runs;
}

function rowPath(row: number, runs: readonly Run[]): string {
  return runs
    .map(({ from, length }) => `M${from + quiet} ${row + quiet}h${length}v1h-${length}z`)
    .join('');
}
