import type { HouseAccount } from '../domain/payments/house-account';
import { asSystem, rows, type Tx } from './connection';

/** Far more than the accounts of one house. */
const accountsMax = 1000;

/**
 * The house's accounts at banks: those that came with an entity, and those that the machine's owner has in a file. They
 * are told to clients, who pay there, so everybody may know them.
 */
export async function houseBankAccounts(
  tx: Tx,
  configured: readonly HouseAccount[],
): Promise<readonly HouseAccount[]> {
  const kept = await asSystem(tx, (system) =>
    rows<HouseAccount>(
      system,
      `select entity_id as "entityId", currency, holder, bank, iban, bic, names from entity_bank_account
       order by entity_id, currency, iban limit :accountsMax`,
      { accountsMax },
    ),
  );
  const known = new Set(kept.map(({ iban }) => iban));
  return [...configured.filter(({ iban }) => !known.has(iban)), ...kept];
}

/** Makes accounts of an entity known; false where one of them is somebody's already. */
export async function addBankAccounts(
  system: Tx,
  accounts: readonly HouseAccount[],
): Promise<boolean> {
  if (accounts.length === 0) return true;
  const added = await rows(
    system,
    `insert into entity_bank_account (iban, entity_id, currency, holder, bank, bic, names)
     select iban, "entityId", currency, holder, bank, bic, '{}'
     from jsonb_to_recordset(:accounts::jsonb) as a(iban text, "entityId" text, currency text, holder text, bank text, bic text)
     on conflict (iban) do nothing returning 1`,
    { accounts: JSON.stringify(accounts) },
  );
  return added.length === accounts.length;
}
