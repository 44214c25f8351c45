import { toCsv } from '../domain/csv';
import { formatAmount } from '../domain/money';
import type { PartnerInvoice } from '../db/settlement/invoices';
import { invoicePdf } from './invoice-pdf';
import type { Download } from './route';

export const invoiceFormats = ['csv', 'pdf'] as const;

/** An invoice or credit note as a file to keep. */
export async function invoiceFile(
  invoice: PartnerInvoice,
  format: (typeof invoiceFormats)[number],
): Promise<Download> {
  const fileName = `${invoice.number}.${format}`;
  return format === 'csv'
    ? { bytes: Buffer.from(invoiceCsv(invoice), 'utf8'), mediaType: 'text/csv', fileName }
    : { bytes: await invoicePdf(invoice), mediaType: 'application/pdf', fileName };
}

const header = [
  ...['number', 'kind', 'corrects', 'issued_on', 'period', 'supplier', 'supplier_tax_number'],
  ...['customer', 'customer_tax_number', 'terms', 'what', 'month', 'amount', 'currency'],
];

/** A row for each line, then net, VAT and gross. */
function invoiceCsv(invoice: PartnerInvoice): string {
  const { seller, buyer, currency } = invoice;
  const head = [
    ...[invoice.number, invoice.kind, invoice.corrects?.number ?? ''],
    ...[invoice.issuedOn, invoice.period, seller.legalName, seller.taxNumber],
    ...[buyer.name, buyer.taxNumber, invoice.words.join('; ')],
  ];
  const row = (what: string, month: string, minor: bigint) => [
    ...head,
    ...[what, month, formatAmount(minor, currency), currency],
  ];
  return toCsv(header, [
    ...invoice.lines.map((line) => row(line.what, line.period, line.amountMinor)),
    row('Net', '', invoice.netMinor),
    row(`VAT ${Number(invoice.vatPercent)} %`, '', invoice.vatMinor),
    row('Gross', '', invoice.grossMinor),
  ]);
}
