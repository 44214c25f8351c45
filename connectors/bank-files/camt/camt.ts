import { readCurrency, readSignedDecimal } from '../amount';
import { readDay } from '../day';
import { BankFileFault, quote } from '../fault';
import type { BankStatement } from '../statement';
import { readEntries } from './entry';
import { readDirection, readMoney } from './money';
import { find, findAll, need, parseXml, textAt, type XmlElement } from './xml';

/** The messages by their element without version, and what a statement is called in each. */
const messages: Readonly<Record<string, string>> = {
  BkToCstmrStmt: 'Stmt',
  BkToCstmrAcctRpt: 'Rpt',
  BkToCstmrDbtCdtNtfctn: 'Ntfctn',
};

/**
 * Reads camt.052, camt.053 and camt.054 of any version, also inside an envelope. What differs between the
 * versions is looked for in each place where one of them has it. Throws BankFileFault.
 */
export function readCamt(text: string): readonly BankStatement[] {
  const root = parseXml(text);
  const found = messagesIn(root);
  if (found.length === 0) {
    const held = root.children[0]?.name ?? root.name;
    throw new BankFileFault(root.line, root.name, `${quote(held)} is no camt.052, 053 or 054`);
  }
  return found.flatMap((message) => {
    const name = messages[withoutVersion(message.name)] ?? '';
    need(message, name);
    return findAll(message, name).map(readStatement);
  });
}

function messagesIn(element: XmlElement): readonly XmlElement[] {
  if (Object.hasOwn(messages, withoutVersion(element.name))) return [element];
  return element.children.flatMap(messagesIn);
}

/** The first versions carry their number in the name: `BkToCstmrStmtV01`. */
function withoutVersion(name: string): string {
  return name.replace(/V\d{2}$/, '');
}

function readStatement(statement: XmlElement): BankStatement {
  const account = readAccount(statement);
  const balances = findAll(statement, 'Bal').map(readBalance);
  const declared = find(statement, 'Acct', 'Ccy');
  const currency = declared
    ? readCurrency(declared.text, { line: declared.line, field: `${statement.name}/Acct/Ccy` })
    : (balances[0]?.currency ?? null);
  const own = balances.filter((balance) => currency === null || balance.currency === currency);
  const entries = readEntries(statement);
  return {
    account,
    currency: currency ?? entries[0]?.currency ?? null,
    openingMinor: openingOf(own),
    closingMinor: closingOf(own),
    entries,
    line: statement.line,
  };
}

/** The places of an account's number: IBAN, those of version 1, any other, and a proxy that stands for it. */
const accountPaths = [
  ['Id', 'IBAN'],
  ['Id', 'Othr', 'Id'],
  ['Id', 'BBAN'],
  ['Id', 'UPIC'],
  ['Id', 'PrtryAcct', 'Id'],
  ['Prxy', 'Id'],
] as const;

function readAccount(statement: XmlElement): string {
  const element = need(statement, 'Acct');
  for (const path of accountPaths) {
    const text = textAt(element, ...path);
    if (text !== undefined) return text.replace(/\s+/g, path.at(-1) === 'IBAN' ? '' : ' ');
  }
  throw new BankFileFault(element.line, `${statement.name}/Acct/Id`, 'is missing');
}

interface Balance {
  readonly kind: string;
  readonly currency: string;
  readonly minor: bigint;
  /** Empty where the bank gives none. */
  readonly on: string;
}

function readBalance(element: XmlElement): Balance {
  const { minor, currency } = readMoney(element, readSignedDecimal);
  // A central bank's own statements leave the indicator out where nothing can be overdrawn.
  const direction = find(element, 'CdtDbtInd') ? readDirection(element) : 'credit';
  const day = find(element, 'Dt', 'Dt') ?? find(element, 'Dt', 'DtTm');
  return {
    kind: textAt(element, 'Tp', 'CdOrPrtry', 'Cd') ?? textAt(element, 'Tp', 'Cd') ?? '',
    currency,
    minor: direction === 'credit' ? minor : -minor,
    on: day?.text ? readDay(day.text, { line: day.line, field: 'Bal/Dt' }) : '',
  };
}

/** Booked balances only: what is available includes credit lines and float. Pages have interim ones. */
function openingOf(balances: readonly Balance[]): bigint | null {
  const interim = balances.filter((balance) => balance.kind === 'ITBD');
  return (
    earliest(balances, 'OPBD')?.minor ??
    earliest(balances, 'PRCD')?.minor ??
    (interim.length > 1 ? (interim[0]?.minor ?? null) : null)
  );
}

function closingOf(balances: readonly Balance[]): bigint | null {
  return (latest(balances, 'CLBD') ?? latest(balances, 'ITBD'))?.minor ?? null;
}

function earliest(balances: readonly Balance[], kind: string): Balance | undefined {
  return balances
    .filter((balance) => balance.kind === kind)
    .reduce<Balance | undefined>(
      (best, each) => (best && best.on <= each.on ? best : each),
      undefined,
    );
}

function latest(balances: readonly Balance[], kind: string): Balance | undefined {
  return balances
    .filter((balance) => balance.kind === kind)
    .reduce<Balance | undefined>(
      (best, each) => (best && best.on > each.on ? best : each),
      undefined,
    );
}
