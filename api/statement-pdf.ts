import { createRequire } from 'node:module';
import type PDFDocument from 'pdfkit';
import { kindWords, type Statement } from '../domain/ledger/statement';
import { formatAmount } from '../domain/money';

/** Left edges of the columns on A4 with margins of 48 points; amounts end where the next one begins. */
const columns = { date: 48, what: 130, cause: 235, amount: 400, balance: 474 } as const;
const rightEdge = 547;
const lineHeight = 15;
const fontSize = 8;
const pageBottom = 780;

/** What stands above the table: who holds the account, and under which name the house does business. */
export interface StatementHead {
  readonly house: string;
  readonly account: string;
}

/** A statement as PDF: every page says what it is of, and its number out of how many. */
export async function statementPdf(statement: Statement, head: StatementHead): Promise<Buffer> {
  // Loaded by the first statement: with what it knows of fonts it takes as long as all the pages.
  const Document: typeof PDFDocument = createRequire(__filename)('pdfkit');
  const pdf = new Document({
    size: 'A4',
    margin: 48,
    bufferPages: true,
    info: { Title: `Statement of ${head.account}`, Author: head.house },
  });
  const chunks: Buffer[] = [];
  pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => pdf.on('end', resolve));
  writeHead(pdf, statement, head);
  writeLines(pdf, statement);
  numberPages(pdf, head);
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

type Pdf = InstanceType<typeof PDFDocument>;

function writeHead(pdf: Pdf, { from, to, accountId }: Statement, head: StatementHead): void {
  pdf.font('Helvetica-Bold').fontSize(15).text(head.house);
  pdf.moveDown(0.4).fontSize(12).text(`Statement of ${head.account}`);
  pdf
    .font('Helvetica')
    .fontSize(9)
    .text(`From ${minute(from)} to ${minute(to)} (UTC)`);
  pdf.text(accountId).moveDown(1);
}

function writeLines(pdf: Pdf, statement: Statement): void {
  const amount = (minor: bigint) => formatAmount(minor, statement.currency);
  const row = rowWriter(pdf, statement.currency);
  row.header();
  row.write(['', 'Opening balance', '', '', amount(statement.openingMinor)], 'Helvetica-Bold');
  for (const line of statement.lines) {
    row.write([
      minute(line.effectiveAt),
      kindWords(line.kind),
      shortened(line.cause),
      amount(line.amountMinor),
      amount(line.balanceMinor),
    ]);
  }
  row.write(['', 'Closing balance', '', '', amount(statement.closingMinor)], 'Helvetica-Bold');
}

type Cells = readonly [date: string, what: string, cause: string, amount: string, balance: string];

function rowWriter(pdf: Pdf, currency: string) {
  let top = pdf.y;
  const put = (cells: Cells, font: string) => {
    const [date, what, cause, amount, balance] = cells;
    pdf.font(font).fontSize(fontSize);
    const left = (text: string, from: number, to: number) =>
      pdf.text(text, from, top, { width: to - from - 4, height: lineHeight, ellipsis: true });
    left(date, columns.date, columns.what);
    left(what, columns.what, columns.cause);
    left(cause, columns.cause, columns.amount);
    const right = (text: string, from: number, to: number) => {
      // On one line whatever its length: eighteen decimals are written smaller, never broken or cut.
      const width = pdf.widthOfString(text);
      const size = width > to - from ? (fontSize * (to - from)) / width : fontSize;
      pdf.fontSize(size);
      const baseline = top + (fontSize - size) * 0.8;
      pdf.text(text, to - Math.min(width, to - from), baseline, { lineBreak: false });
      pdf.fontSize(fontSize);
    };
    right(amount, columns.amount, columns.balance - 4);
    right(balance, columns.balance, rightEdge);
    top += lineHeight;
  };
  const header = () => {
    put(['When', 'What', 'Reference', 'Amount', `Balance ${currency}`], 'Helvetica-Bold');
    pdf
      .moveTo(columns.date, top - 4)
      .lineTo(rightEdge, top - 4)
      .lineWidth(0.5)
      .stroke();
  };
  return {
    header,
    write: (cells: Cells, font = 'Helvetica') => {
      if (top + lineHeight > pageBottom) {
        pdf.addPage();
        top = pdf.y;
        header();
      }
      put(cells, font);
    },
  };
}

function numberPages(pdf: Pdf, head: StatementHead): void {
  const { count } = pdf.bufferedPageRange();
  for (let page = 0; page < count; page += 1) {
    pdf.switchToPage(page);
    // Below the margin a text would begin a new page.
    pdf.page.margins.bottom = 0;
    pdf.font('Helvetica').fontSize(8);
    pdf.text(`${head.account}, page ${page + 1} of ${count}`, columns.date, 805, {
      width: rightEdge - columns.date,
      align: 'center',
      lineBreak: false,
    });
  }
}

function minute(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}

/** An id in the table: its kind and its end, which tells it from others. The CSV has all of it. */
function shortened(cause: string): string {
  return cause.length <= 36 ? cause : `${cause.slice(0, 6)}…${cause.slice(-26)}`;
}
