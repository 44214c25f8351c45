import { createRequire } from 'node:module';
import type PDFDocument from 'pdfkit';
import { formatAmount } from '../domain/money';
import type { PartnerInvoice } from '../db/settlement/invoices';

/** Left edges on A4 with margins of 48 points; amounts end at the right edge. */
const left = 48;
const middle = 310;
const periodAt = 360;
const rightEdge = 547;
const lineHeight = 16;
const pageBottom = 770;

type Pdf = InstanceType<typeof PDFDocument>;

/** An invoice or credit note as PDF: the partner sells, the house buys and writes it. */
export async function invoicePdf(invoice: PartnerInvoice): Promise<Buffer> {
  // Loaded by the first one, as for statements.
  const Document: typeof PDFDocument = createRequire(__filename)('pdfkit');
  const title = `${headline(invoice)} ${invoice.number}`;
  const pdf = new Document({
    size: 'A4',
    margin: left,
    bufferPages: true,
    info: { Title: title, Author: invoice.buyer.name },
  });
  const chunks: Buffer[] = [];
  pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => pdf.on('end', resolve));
  writeHead(pdf, invoice, title);
  writeParties(pdf, invoice);
  writeLines(pdf, invoice);
  numberPages(pdf, invoice.number);
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

function headline({ kind }: PartnerInvoice): string {
  return kind === 'invoice' ? 'Invoice' : 'Credit note';
}

function writeHead(pdf: Pdf, invoice: PartnerInvoice, title: string): void {
  pdf.font('Helvetica-Bold').fontSize(15).text(title);
  pdf.moveDown(0.4).font('Helvetica').fontSize(9);
  if (invoice.corrects) pdf.text(`Corrects invoice ${invoice.corrects.number}`);
  pdf.text(`Issued on ${invoice.issuedOn}`).text(`For ${invoice.period}`);
  pdf.moveDown(0.4).font('Helvetica-Bold').fontSize(10);
  for (const words of invoice.words) pdf.text(words);
  pdf.moveDown(1);
}

function writeParties(pdf: Pdf, { seller, buyer }: PartnerInvoice): void {
  const top = pdf.y;
  const party = (x: number, label: string, lines: readonly string[]) => {
    pdf.font('Helvetica-Bold').fontSize(9).text(label, x, top, { width: 230 });
    pdf.font('Helvetica');
    for (const line of lines) if (line !== '') pdf.text(line, x, pdf.y, { width: 230 });
    return pdf.y;
  };
  const tax = (taxNumber: string) => (taxNumber === '' ? '' : `Tax number ${taxNumber}`);
  const bottom = Math.max(
    party(left, 'Supplier', [seller.legalName, seller.address, tax(seller.taxNumber)]),
    party(middle, 'Customer', [buyer.name, buyer.address, tax(buyer.taxNumber)]),
  );
  pdf.x = left;
  pdf.y = bottom + 24;
}

function writeLines(pdf: Pdf, invoice: PartnerInvoice): void {
  const { currency } = invoice;
  let top = pdf.y;
  const put = (what: string, period: string, amount: string, font = 'Helvetica') => {
    if (top + lineHeight > pageBottom) {
      pdf.addPage();
      top = pdf.y;
    }
    pdf.font(font).fontSize(9);
    pdf.text(what, left, top, { width: periodAt - left - 8, height: lineHeight, ellipsis: true });
    pdf.text(period, periodAt, top, { lineBreak: false });
    pdf.text(amount, rightEdge - pdf.widthOfString(amount), top, { lineBreak: false });
    top += lineHeight;
  };
  const rule = () => {
    pdf
      .moveTo(left, top - 4)
      .lineTo(rightEdge, top - 4)
      .lineWidth(0.5)
      .stroke();
    top += 2;
  };
  const amount = (minor: bigint) => formatAmount(minor, currency);
  put('What', 'Month', `Amount ${currency}`, 'Helvetica-Bold');
  rule();
  for (const line of invoice.lines) put(line.what, line.period, amount(line.amountMinor));
  rule();
  put('Net', '', amount(invoice.netMinor));
  put(`VAT ${Number(invoice.vatPercent)} %`, '', amount(invoice.vatMinor));
  const total = invoice.kind === 'invoice' ? 'Gross, paid to the wallet' : 'Gross, set off';
  put(total, '', `${amount(invoice.grossMinor)} ${currency}`, 'Helvetica-Bold');
}

function numberPages(pdf: Pdf, number: string): void {
  const { count } = pdf.bufferedPageRange();
  for (let page = 0; page < count; page += 1) {
    pdf.switchToPage(page);
    // Below the margin a text would begin a new page.
    pdf.page.margins.bottom = 0;
    pdf.font('Helvetica').fontSize(8);
    pdf.text(`${number}, page ${page + 1} of ${count}`, left, 805, {
      ...{ width: rightEdge - left, align: 'center', lineBreak: false },
    });
  }
}
