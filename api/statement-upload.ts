import { createHash } from 'node:crypto';
import { creditsOf } from '../connectors/bank-files/credits';
import { BankFileFault } from '../connectors/bank-files/fault';
import { readStatement } from '../connectors/bank-files/read-statement';
import type { Reading } from '../connectors/bank-files/statement';
import { houseAccountOf, type HouseAccount } from '../domain/payments/house-account';
import { refused } from '../domain/problem';
import type { ToldStatement } from '../db/receipt-intake';
import { requiredFile } from './paper-file';
import type { Upload } from './route';

/** Some 15,000 entries of camt. */
export const statementUpload = {
  bytesMax: 8 * 1024 * 1024,
  // What it is, is told by its content.
  mediaTypes: ['application/xml', 'text/xml', 'text/plain', 'application/octet-stream'],
};

/**
 * Reads a statement of the house's accounts. 422 `bank_file_broken` and `unknown_account` name the file by its hash, the
 * line and the field of what is wrong, and never what stands there or how somebody has called the file: that may tell of
 * a payer. Nothing is stored.
 */
export function readUploadedStatement(
  file: Upload | undefined,
  accounts: readonly HouseAccount[],
): ToldStatement {
  const { bytes } = requiredFile(file);
  const fileHash = createHash('sha256').update(bytes).digest('hex');
  const reading = read(bytes, fileHash);
  const houses = reading.statements.map(({ account, line }) => {
    const house = houseAccountOf(accounts, account);
    if (house) return { account, house };
    throw refused('unknown_account', `Line ${line}: this is no account of the house.`, {
      ...{ file: fileHash, line, field: 'account' },
    });
  });
  const entities = [...new Set(houses.map(({ house }) => house.entityId))];
  const [entityId] = entities;
  if (entityId === undefined || entities.length > 1) {
    throw refused('several_entities', 'A file is taken for one entity at a time.', { entities });
  }
  const ibanOf = new Map(houses.map(({ account, house }) => [account, house.iban]));
  const { credits, takenBack, pending } = creditsOf(reading);
  return {
    ...{ fileHash, entityId, takenBack, pending },
    accounts: [...new Set(houses.map(({ house }) => house.iban))],
    credits: credits.map(({ account, payer, remittance, ...credit }) => ({
      ...credit,
      bankAccount: ibanOf.get(account) ?? account,
      payer: { ...payer, remittance },
    })),
    doubts: reading.doubts.map(({ line, field, reason }) => `line ${line}: ${field}: ${reason}`),
  };
}

function read(bytes: Buffer, fileHash: string): Reading {
  try {
    return readStatement(bytes);
  } catch (error) {
    if (!(error instanceof BankFileFault)) throw error;
    const { line, field } = error;
    throw refused(
      'bank_file_broken',
      `Line ${line}, field ${field}: this cannot be read. Nothing of the file was taken.`,
      { file: fileHash, line, field },
    );
  }
}
