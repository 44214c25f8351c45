import { isCountry } from '../../../domain/kyc/countries';
import { isoCurrencies } from '../../../domain/currencies';
import { isBic, isIban, isLei } from '../../../domain/payments/account-numbers';
import { bankText, isBankReference } from './characters';
import { controlSum } from './control-sum';
import {
  UnwritableOrder,
  type Account,
  type Batch,
  type CreditTransferOrder,
  type Organisation,
  type Transfer,
} from './credit-transfer';

/** More than banks take in one file. */
export const transfersMax = 10_000;

/** EPC rulebook: the most of one SEPA transfer, in cents. */
const sepaMinorMax = 99_999_999_999n;
/** ISO 20022: of an amount, and of the control sum. */
const digitsMax = 18;
const minorMax = 10n ** BigInt(digitsMax) - 1n;

/** Countries of SEPA by the first letters of their IBANs (EPC409-09); territories use those of their state. */
const sepaCountries = new Set(
  (
    'AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT ' +
    'RO RS SE SI SK SM VA'
  ).split(' '),
);

/** Throws UnwritableOrder for the first thing a bank would refuse the file for. */
export function checkOrder(order: CreditTransferOrder): void {
  const seen = new Set<string>();
  const checkReference = (reference: string, field: string) => {
    if (!isBankReference(reference)) {
      throw new UnwritableOrder(field, 'is not 1 to 35 characters that banks take');
    }
    if (seen.has(reference)) throw new UnwritableOrder(field, 'comes twice');
    seen.add(reference);
  };
  checkReference(order.messageId, 'messageId');
  checkOrganisation(order.initiatingParty, 'initiatingParty');
  const count = order.batches.reduce((sum, batch) => sum + batch.transfers.length, 0);
  if (count > transfersMax)
    throw new UnwritableOrder('batches', `have over ${transfersMax} transfers`);
  if (order.batches.length === 0) throw new UnwritableOrder('batches', 'are none');
  order.batches.forEach((batch, index) => {
    const field = `batches[${index}]`;
    checkReference(batch.paymentInformationId, `${field}.paymentInformationId`);
    checkBatch(batch, field);
    batch.transfers.forEach((transfer, at) => {
      const place = `${field}.transfers[${at}]`;
      checkReference(transfer.endToEndId, `${place}.endToEndId`);
      checkTransfer(transfer, batch.scheme, place);
    });
  });
  const sum = controlSum(order.batches.flatMap((batch) => batch.transfers));
  if (sum.replace('.', '').length > digitsMax) {
    throw new UnwritableOrder('batches', `add up to more than ${digitsMax} digits`);
  }
}

function checkBatch(batch: Batch, field: string): void {
  if (
    !/^\d{4}-\d{2}-\d{2}$/.test(batch.executionDay) ||
    Number.isNaN(Date.parse(batch.executionDay))
  ) {
    throw new UnwritableOrder(`${field}.executionDay`, 'is not a day');
  }
  checkOrganisation(batch.debtor, `${field}.debtor`);
  checkAccount(batch.debtor.account, `${field}.debtor.account`);
  checkBic(batch.debtor.bic, `${field}.debtor.bic`);
  if (batch.transfers.length === 0) throw new UnwritableOrder(`${field}.transfers`, 'are none');
  if (batch.scheme !== 'sepa') return;
  if (batch.charges !== 'shared') throw new UnwritableOrder(`${field}.charges`, 'SEPA shares them');
  if (batch.debtor.account.kind !== 'iban') {
    throw new UnwritableOrder(`${field}.debtor.account`, 'SEPA pays from an IBAN');
  }
}

function checkTransfer(transfer: Transfer, scheme: Batch['scheme'], field: string): void {
  const { amountMinor, currency, creditor } = transfer;
  if (amountMinor <= 0n || amountMinor > (scheme === 'sepa' ? sepaMinorMax : minorMax)) {
    throw new UnwritableOrder(`${field}.amountMinor`, 'is more or less than a transfer can be');
  }
  checkCurrency(currency, `${field}.currency`);
  checkName(creditor.name, `${field}.creditor.name`);
  checkCountry(creditor.country, `${field}.creditor.country`);
  checkAccount(creditor.account, `${field}.creditor.account`);
  checkBic(creditor.bic, `${field}.creditor.bic`);
  if (scheme === 'sepa') checkSepa(transfer, field);
  else if (creditor.bic === undefined) {
    throw new UnwritableOrder(`${field}.creditor.bic`, 'is needed outside SEPA');
  }
}

function checkSepa({ currency, creditor: { account } }: Transfer, field: string): void {
  if (currency !== 'EUR') throw new UnwritableOrder(`${field}.currency`, 'SEPA pays euro');
  if (account.kind !== 'iban' || !sepaCountries.has(account.iban.slice(0, 2))) {
    throw new UnwritableOrder(`${field}.creditor.account`, 'is no IBAN of SEPA');
  }
}

function checkOrganisation({ name, country, lei }: Organisation, field: string): void {
  checkName(name, `${field}.name`);
  if (country !== undefined) checkCountry(country, `${field}.country`);
  if (lei !== undefined && !isLei(lei)) throw new UnwritableOrder(`${field}.lei`, 'is no LEI');
}

function checkName(name: string, field: string): void {
  if (bankText(name, 70) === '') throw new UnwritableOrder(field, 'has no letter that banks take');
}

function checkCountry(country: string, field: string): void {
  if (!isCountry(country)) throw new UnwritableOrder(field, 'is no country');
}

/** No coin of a chain, whose code may have three letters too. */
function checkCurrency(currency: string, field: string): void {
  if (!isoCurrencies.includes(currency)) {
    throw new UnwritableOrder(field, 'is no currency of ISO 4217');
  }
}

function checkAccount(account: Account, field: string): void {
  if (account.kind === 'iban' && !isIban(account.iban)) {
    throw new UnwritableOrder(field, 'is no IBAN');
  }
  if (account.kind === 'other' && !/^[A-Za-z0-9/\-]{1,34}$/.test(account.number)) {
    throw new UnwritableOrder(field, 'is no account number of up to 34 characters');
  }
  if (account.currency !== undefined) checkCurrency(account.currency, `${field}.currency`);
}

function checkBic(bic: string | undefined, field: string): void {
  if (bic !== undefined && !isBic(bic))
    throw new UnwritableOrder(field, 'has not the form of a BIC');
}
