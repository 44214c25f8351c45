import { readCurrency, readDecimal } from '../amount';
import { readDay } from '../day';
import { BankFileFault, quote } from '../fault';
import { signedMinor, type Direction, type StatementEntry } from '../statement';
import { entryReferences, readDetails, type Details } from './details';
import { readDirection, readMoney } from './money';
import { find, findAll, textAt, type XmlElement } from './xml';

/** The statement's entries; a batch whose parts add up to it is given part by part. Throws BankFileFault. */
export function readEntries(statement: XmlElement): readonly StatementEntry[] {
  return findAll(statement, 'Ntry').flatMap(readEntry);
}

function readEntry(element: XmlElement): readonly StatementEntry[] {
  const { minor, currency } = readMoney(element);
  const direction = readDirection(element);
  const status = statusOf(element);
  const references = entryReferences(element);
  const whole = {
    amountMinor: minor,
    currency,
    direction,
    bookedOn: dayAt(element, 'BookgDt'),
    valuedOn: dayAt(element, 'ValDt'),
    reversal: readReversal(element),
    booked: status === undefined || status === 'BOOK',
    line: element.line,
  };
  const inEntry = whole.booked ? references : { ...references, entryStatus: status ?? '' };
  const transactions = transactionsOf(element);
  const details = transactions.map((transaction) => readDetails(transaction, direction));
  const additional = oneLine(textAt(element, 'AddtlNtryInf'));
  const shares = details.length > 1 ? sharesOf(transactions, whole) : undefined;
  if (shares) {
    return details.map((detail, index) => ({
      ...whole,
      ...shares[index],
      references: { ...inEntry, ...detail.references },
      parts: [],
      counterparty: detail.counterparty,
      remittance: detail.remittance || additional,
    }));
  }
  const [only = noDetails] = details.length > 1 ? [] : details;
  const written = details.map((detail) => detail.remittance).filter((text) => text !== '');
  return [
    {
      ...whole,
      references: { ...inEntry, ...only.references },
      parts: details.length > 1 ? details.map((detail) => detail.references) : [],
      counterparty: only.counterparty,
      remittance: written.join(' ') || additional,
    },
  ];
}

const noDetails: Details = { references: {}, counterparty: {}, remittance: '' };

/** `NtryDtls` may come several times; the first version had its transactions right in the entry. */
function transactionsOf(entry: XmlElement): readonly XmlElement[] {
  return [
    ...findAll(entry, 'TxDtls'),
    ...findAll(entry, 'NtryDtls').flatMap((details) => findAll(details, 'TxDtls')),
  ];
}

interface Share {
  readonly amountMinor: bigint;
  readonly direction: Direction;
}

/** The places of a transaction's amount in the account's currency, the later versions' first. */
const amountPaths = [
  ['Amt'],
  ['AmtDtls', 'TxAmt', 'Amt'],
  ['AmtDtls', 'CntrValAmt', 'Amt'],
  ['AmtDtls', 'InstdAmt', 'Amt'],
] as const;

/**
 * What each transaction of a batch has of its amount; undefined when that is not said of each in the entry's
 * currency, or does not add up: charges taken from the sum, or transactions left out.
 */
function sharesOf(
  transactions: readonly XmlElement[],
  entry: Pick<StatementEntry, 'amountMinor' | 'currency' | 'direction'>,
): readonly Share[] | undefined {
  for (const path of amountPaths) {
    const shares = transactions.map((transaction) => shareAt(transaction, path, entry));
    const whole = shares.filter((share) => share !== undefined);
    if (whole.length < shares.length) continue;
    const sum = whole.reduce((total, share) => total + signedMinor(share), 0n);
    if (sum === signedMinor(entry)) return whole;
  }
  return undefined;
}

function shareAt(
  transaction: XmlElement,
  path: readonly string[],
  entry: Pick<StatementEntry, 'currency' | 'direction'>,
): Share | undefined {
  const element = find(transaction, ...path);
  const code = element?.attributes['Ccy'];
  if (!element || code === undefined) return undefined;
  const field = `TxDtls/${path.join('/')}`;
  const currency = readCurrency(code, { line: element.line, field: `${field}/@Ccy` });
  if (currency !== entry.currency) return undefined;
  const direction = find(transaction, 'CdtDbtInd') ? readDirection(transaction) : entry.direction;
  return {
    amountMinor: readDecimal(element.text, currency, { line: element.line, field }),
    direction,
  };
}

/** `BOOK`, `PDNG`, `INFO`, `FUTR`: text up to version 7, a code or the bank's own word since. */
function statusOf(entry: XmlElement): string | undefined {
  return (
    textAt(entry, 'Sts', 'Cd') ??
    textAt(entry, 'Sts', 'Prtry') ??
    textAt(entry, 'Sts')
  )?.slice(0, 35);
}

function readReversal(entry: XmlElement): boolean {
  const indicator = find(entry, 'RvslInd');
  if (!indicator || indicator.text === 'false' || indicator.text === '0') return false;
  if (indicator.text === 'true' || indicator.text === '1') return true;
  const reason = `${quote(indicator.text)} is not true or false`;
  throw new BankFileFault(indicator.line, 'Ntry/RvslInd', reason);
}

function dayAt(entry: XmlElement, name: string): string | null {
  const day = find(entry, name, 'Dt') ?? find(entry, name, 'DtTm') ?? find(entry, name);
  if (!day) return null;
  return readDay(day.text, { line: day.line, field: `Ntry/${name}` });
}

function oneLine(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ');
}
