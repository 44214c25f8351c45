import { statementCsv, type Statement } from '../domain/ledger/statement';
import type { Tx } from '../db/connection';
import { readEntity } from '../db/entities';
import type { Download } from './route';
import { statementPdf } from './statement-pdf';

export const statementFormats = ['csv', 'pdf'] as const;

/** The statement as a file to keep. */
export async function statementFile(
  tx: Tx,
  found: Statement,
  format: (typeof statementFormats)[number],
): Promise<Download> {
  const fileName = `statement-${found.currency}-${found.from.slice(0, 10)}-${found.to.slice(0, 10)}.${format}`;
  if (format === 'csv')
    return { bytes: Buffer.from(statementCsv(found), 'utf8'), mediaType: 'text/csv', fileName };
  const { brand } = await readEntity(tx, found.entityId);
  const bytes = await statementPdf(found, {
    house: brand.name,
    account: `${found.code.replaceAll('_', ' ')} in ${found.currency}`,
  });
  return { bytes, mediaType: 'application/pdf', fileName };
}
