/**
 * Accounts of the ledger. Credit is positive, debit negative: a wallet of +10 is money the house owes
 * the client; a clearing account of −10 is money a provider owes the house. Each transaction sums to
 * zero per currency, and all its accounts belong to one entity.
 */
export interface LedgerAccount {
  readonly id: string;
  readonly entityId: string;
  readonly code: LedgerCode;
  /** The client, account, provider or server it is kept for; `-` for the entity itself. */
  readonly owner: string;
  readonly clientId: string | null;
  readonly currency: string;
  /** A memo is money of nobody's: it counts neither as clients' money nor as the house's. */
  readonly side: 'client' | 'house' | 'memo';
  /** Its balance less holds may not fall below zero. */
  readonly floor: boolean;
  /** Hot house accounts keep no balance of their own: balance = sum of entries. */
  readonly entryOnly: boolean;
}

const codes = {
  wallet: { side: 'client', floor: true, entryOnly: false },
  trading: { side: 'client', floor: false, entryOnly: false },
  /** Money a payment provider holds for the entity. */
  psp_clearing: { side: 'house', floor: false, entryOnly: true },
  /** The counterpart of clients' closed profit, swap and commission. */
  trading_result: { side: 'house', floor: false, entryOnly: true },
  trading_commission: { side: 'house', floor: false, entryOnly: true },
  trading_swap: { side: 'house', floor: false, entryOnly: true },
  /** What a server shows and we did not start. */
  suspense: { side: 'house', floor: false, entryOnly: true },
  fees: { side: 'house', floor: false, entryOnly: true },
  /** What the house pays to bring a protected client's negative balance back to zero. */
  negative_balance: { side: 'house', floor: false, entryOnly: true },
  /** The entity's own money in a currency, which clients' exchanges go through. */
  fx_liquidity: { side: 'house', floor: false, entryOnly: true },
  /** What the house keeps of exchanges. */
  fx_spread: { side: 'house', floor: false, entryOnly: true },
  /** Money that has arrived and is nobody's yet: it waits for people, or goes back to its payer. */
  unallocated: { side: 'house', floor: false, entryOnly: true },
  /** The other side of what two colleagues correct by hand. */
  correction: { side: 'house', floor: false, entryOnly: true },
  partner_expense: { side: 'house', floor: false, entryOnly: true },
  /** What providers charge the entity, as for a dispute. */
  provider_fees: { side: 'house', floor: false, entryOnly: true },
  /** What a client (its owner) owes the house after a chargeback. */
  receivable: { side: 'house', floor: false, entryOnly: true },
  /** What the house has given up of that. */
  bad_debt: { side: 'house', floor: false, entryOnly: true },
  /** Credit that an account was lent as a bonus: never below zero. */
  bonus_credit: { side: 'memo', floor: true, entryOnly: false },
  /** Its other side: all that the entity has lent so. */
  bonus_granted: { side: 'memo', floor: false, entryOnly: true },
} as const;

export type LedgerCode = keyof typeof codes;

export const ledgerCodes = Object.keys(codes);

interface Of {
  readonly entityId: string;
  readonly currency: string;
}

function account(code: LedgerCode, of: Of, owner: string, clientId: string | null): LedgerAccount {
  return {
    id: `${of.entityId}/${code}/${owner}/${of.currency}`,
    entityId: of.entityId,
    code,
    owner,
    clientId,
    currency: of.currency,
    ...codes[code],
  };
}

/** An account as it stands in the ledger. Throws for a code that is not known here. */
export function accountOf(
  row: Of & Pick<LedgerAccount, 'owner' | 'clientId'> & { code: string },
): LedgerAccount {
  if (!isLedgerCode(row.code)) throw new Error(`"${row.code}" is no code of the ledger`);
  return account(row.code, row, row.owner, row.clientId);
}

function isLedgerCode(code: string): code is LedgerCode {
  return Object.hasOwn(codes, code);
}

/** A client's wallet: one per client, entity and currency. */
export function wallet(of: Of & { readonly clientId: string }): LedgerAccount {
  return account('wallet', of, of.clientId, of.clientId);
}

/** The ledger's mirror of one trading log-in. */
export function tradingLedger(
  of: Of & { readonly clientId: string; readonly accountId: string },
): LedgerAccount {
  return account('trading', of, of.accountId, of.clientId);
}

/** The memo of the credit that a trading log-in was lent. */
export function bonusCredit(
  of: Of & { readonly clientId: string; readonly accountId: string },
): LedgerAccount {
  return account('bonus_credit', of, of.accountId, of.clientId);
}

/** A house account of the entity, per provider or server where `owner` is given. */
export function house(
  code: Exclude<LedgerCode, 'wallet' | 'trading' | 'bonus_credit'>,
  of: Of,
  owner = '-',
): LedgerAccount {
  return account(code, of, owner, null);
}
