import { type Change } from '../../journal/journal';
import { integer, isObject, text, type JsonObject } from '../../http/control';
import { announce, commit, settlementOf, settlementRow, type Psp } from '../psp';
import { put, type Settlement } from '../state';
import { wireId } from '../cards/objects';

export interface Creditor {
  readonly name: string;
  readonly iban?: string;
  readonly accountNumber?: string;
  readonly bic?: string;
  readonly country: string;
}

/** A bank payout as the bank keeps and shows it. Amounts are decimal strings of minor units. */
export interface Payout {
  readonly id: string;
  readonly reference: string;
  readonly amountMinor: string;
  readonly currency: string;
  readonly creditor: Creditor;
  readonly remittance: string;
  readonly status: 'accepted' | 'paid' | 'returned';
  readonly reasonCode: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Invalid {
  readonly code: string;
  readonly message: string;
}

/** Reads a payout order, or says what is wrong with it. */
export function readPayout(body: JsonObject): Payout | Invalid {
  const reference = text(body, 'reference') ?? '';
  if (!/^[\w.:/-]{1,64}$/.test(reference)) {
    return { code: 'invalid_reference', message: 'reference: 1 to 64 of A-Z a-z 0-9 _ . : / -' };
  }
  const amountMinor = text(body, 'amountMinor') ?? integer(body, 'amountMinor')?.toString() ?? '';
  if (!/^[1-9]\d{0,17}$/.test(amountMinor)) {
    return { code: 'invalid_amount', message: 'amountMinor: a positive integer of minor units' };
  }
  const currency = text(body, 'currency') ?? '';
  if (!/^[A-Z]{3}$/.test(currency)) {
    return { code: 'invalid_currency', message: 'currency: an ISO 4217 code' };
  }
  const creditor = readCreditor(body.creditor);
  if (!creditor) {
    return { code: 'invalid_creditor', message: 'creditor: name, country, iban or accountNumber' };
  }
  if (creditor.iban !== undefined && !ibanHolds(creditor.iban)) {
    return { code: 'AC01', message: 'the account number is incorrect' };
  }
  const now = new Date().toISOString();
  return {
    id: wireId('bp'),
    reference,
    amountMinor,
    currency,
    creditor,
    remittance: (text(body, 'remittance') ?? '').slice(0, 140),
    status: 'accepted',
    reasonCode: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
}

function readCreditor(value: unknown): Creditor | undefined {
  if (!isObject(value)) return undefined;
  const name = text(value, 'name');
  const country = text(value, 'country');
  const iban = text(value, 'iban');
  const accountNumber = text(value, 'accountNumber');
  const bic = text(value, 'bic');
  if (!name || !country || (!iban && !accountNumber)) return undefined;
  return {
    name,
    country,
    ...(iban ? { iban } : {}),
    ...(accountNumber ? { accountNumber } : {}),
    ...(bic ? { bic } : {}),
  };
}

/** ISO 13616: the rearranged number modulo 97 is 1. */
export function ibanHolds(iban: string): boolean {
  const plain = iban.replaceAll(' ', '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/.test(plain)) return false;
  const moved = `${plain.slice(4)}${plain.slice(0, 4)}`;
  const digits = [...moved].map((mark) => Number.parseInt(mark, 36).toString()).join('');
  return BigInt(digits) % 97n === 1n;
}

/** The rows of a new payout, its webhook, and what becomes of it by itself. */
export function acceptPayout(psp: Psp, payout: Payout, content: string): Change[] {
  const unusual = settlementOf(psp, payout.id, 'payout', content);
  const usual: Settlement = {
    id: payout.id,
    dueMs: Date.now() + psp.settleMs,
    to: 'done',
    code: '',
  };
  const settlement = unusual ?? usual;
  return [
    put('payouts', payout.id, payout),
    ...(settlement === 'never' ? [] : [settlementRow(settlement)]),
    ...payoutEvent(psp, payout),
  ];
}

/** Pays or returns an accepted payout. */
export function settlePayout(psp: Psp, payout: Payout, settlement: Settlement): void {
  const ended = put('settlements', settlement.id, null);
  if (payout.status !== 'accepted') {
    commit(psp, [ended]);
    return;
  }
  const paid = settlement.to === 'done';
  const settled: Payout = {
    ...payout,
    status: paid ? 'paid' : 'returned',
    reasonCode: paid ? null : settlement.code || 'AC04',
    version: payout.version + 1,
    updatedAt: new Date().toISOString(),
  };
  commit(psp, [ended, put('payouts', payout.id, settled), ...payoutEvent(psp, settled)]);
}

/** A webhook names the payout but not the payee: whoever stores it raw stores no personal data. */
function payoutEvent(psp: Psp, payout: Payout): Change[] {
  const { id: payoutId, reference, amountMinor, currency, status, reasonCode, version } = payout;
  const id = wireId('bev');
  const type = `payout.${status}`;
  return announce(psp, {
    side: 'bank',
    id,
    type,
    body: {
      id,
      type,
      createdAt: payout.updatedAt,
      payout: { id: payoutId, reference, amountMinor, currency, status, reasonCode, version },
    },
  });
}
