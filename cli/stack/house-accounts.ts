import { writeFileSync } from 'node:fs';
import { shippedBankAccounts } from '../../db/shipped-bank-accounts';

/** Writes the accounts of the entities that ship, as a broker would write real ones. */
export function writeHouseAccounts(file: string): string {
  writeFileSync(file, `${JSON.stringify(shippedBankAccounts, null, 2)}\n`, { mode: 0o600 });
  return file;
}
