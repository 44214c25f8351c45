import { readCurrency, readDecimal } from '../amount';
import { BankFileFault, quote } from '../fault';
import type { Direction } from '../statement';
import { need, type XmlElement } from './xml';

/** The amount of an element's `Amt` with its currency. Throws BankFileFault. */
export function readMoney(
  element: XmlElement,
  read = readDecimal,
): { readonly minor: bigint; readonly currency: string } {
  const amount = need(element, 'Amt');
  const field = `${element.name}/Amt`;
  const code = amount.attributes['Ccy'];
  if (code === undefined) throw new BankFileFault(amount.line, `${field}/@Ccy`, 'is missing');
  const currency = readCurrency(code, { line: amount.line, field: `${field}/@Ccy` });
  return { minor: read(amount.text, currency, { line: amount.line, field }), currency };
}

/** The direction of an element's `CdtDbtInd`. Throws BankFileFault. */
export function readDirection(element: XmlElement): Direction {
  const indicator = need(element, 'CdtDbtInd');
  if (indicator.text === 'CRDT') return 'credit';
  if (indicator.text === 'DBIT') return 'debit';
  const field = `${element.name}/CdtDbtInd`;
  throw new BankFileFault(indicator.line, field, `${quote(indicator.text)} is not CRDT or DBIT`);
}
