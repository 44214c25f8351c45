import { readCommaDecimal, readCurrency } from '../amount';
import { BankFileFault, quote } from '../fault';
import type { BankStatement, StatementEntry } from '../statement';
import { isIban } from '../../../domain/payments/account-numbers';
import { readFields, type Field } from './fields';
import { readInformation } from './information';
import { readStatementLine } from './statement-line';

/** One message, which may be a page of a statement. */
interface Page {
  readonly first: Field;
  readonly account: Field;
  readonly opening: Field | null;
  readonly closing: Field | null;
  readonly currency: string;
  readonly entries: readonly StatementEntry[];
}

/** Reads MT940 and MT942, in SWIFT blocks or bare; pages are put together. Throws BankFileFault. */
export function readMt940(text: string): readonly BankStatement[] {
  const pages = messagesOf(readFields(text)).map(readPage);
  const statements: BankStatement[] = [];
  let before: Page | null = null;
  for (const page of pages) {
    const statement = statementOf(page);
    const last = statements.at(-1);
    if (last && before && continues(before, page)) {
      statements[statements.length - 1] = {
        ...last,
        closingMinor: statement.closingMinor,
        entries: [...last.entries, ...statement.entries],
      };
    } else {
      statements.push(statement);
    }
    before = page;
  }
  return statements;
}

/** Messages begin with `:20:`; some banks write it once and go on with the next account. */
function messagesOf(fields: readonly Field[]): readonly (readonly Field[])[] {
  const messages: Field[][] = [];
  let current: Field[] = [];
  let closed = false;
  for (const field of fields) {
    const begins = field.tag === '20' || (closed && /^(25P?|60[FM])$/.test(field.tag));
    if (begins && current.length > 0) {
      messages.push(current);
      current = field.tag.startsWith('60') ? current.slice(0, headOf(current)) : [];
      closed = false;
    }
    closed ||= field.tag.startsWith('62');
    current.push(field);
  }
  const [first, ...more] = [...messages, current];
  // A bank that writes `:20:` at the very end, too, begins nothing with it.
  return first ? [first, ...more.filter((message) => message.length > 1)] : [];
}

/** How many fields stand before the opening balance. */
function headOf(message: readonly Field[]): number {
  const opening = message.findIndex(({ tag }) => tag.startsWith('60'));
  return opening < 0 ? message.length : opening;
}

function readPage(message: readonly Field[]): Page {
  const [first] = message;
  if (!first) throw new BankFileFault(1, ':20', 'is missing');
  const account = message.find(({ tag }) => tag === '25' || tag === '25P');
  if (!account || account.lines[0].trim() === '') {
    throw new BankFileFault(first.line, ':25', 'is missing');
  }
  const opening = message.find(({ tag }) => /^60[FM]$/.test(tag)) ?? null;
  const closing = message.findLast(({ tag }) => /^62[FM]$/.test(tag)) ?? null;
  if (opening && !closing && !message.some(endsMessage)) {
    const last = message.at(-1) ?? first;
    throw new BankFileFault(
      last.line,
      ':62F',
      'is missing: the message ends without balance or end mark',
    );
  }
  const currency = currencyOf(message, opening ?? closing, first);
  return { first, account, opening, closing, currency, entries: readEntries(message, currency) };
}

/** An end mark, or what may only come after the closing balance. */
function endsMessage({ tag, ended }: Field): boolean {
  return ended || /^6[45]/.test(tag);
}

/** From a balance, or from the floor limit of an interim report (MT942). */
function currencyOf(message: readonly Field[], balance: Field | null, first: Field): string {
  if (balance) return readBalance(balance).currency;
  const limit = message.find(({ tag }) => tag === '34F');
  if (!limit) throw new BankFileFault(first.line, ':60F', 'is missing');
  const place = { line: limit.line, field: ':34F: currency' };
  return readCurrency(limit.lines[0].slice(0, 3), place);
}

interface Balance {
  readonly minor: bigint;
  readonly currency: string;
}

/** `C090204EUR1234,56`. */
function readBalance(field: Field, statementCurrency?: string): Balance {
  const name = `:${field.tag}`;
  const match = /^([CD])\d{6}([A-Z]{3})?(\S+)$/.exec(field.lines[0].trim());
  const [, mark, written, amount] = match ?? [];
  const code = written ?? statementCurrency;
  if (code === undefined || amount === undefined) {
    throw new BankFileFault(field.line, name, `${quote(field.lines[0])} is not a balance`);
  }
  const currency = readCurrency(code, { line: field.line, field: `${name}: currency` });
  const minor = readCommaDecimal(amount, currency, { line: field.line, field: `${name}: amount` });
  return { minor: mark === 'D' ? -minor : minor, currency };
}

/** Each `:61:` with the `:86:` that follow it; those of the whole statement tell of no entry. */
function readEntries(message: readonly Field[], currency: string): readonly StatementEntry[] {
  const entries: StatementEntry[] = [];
  message.forEach((field, index) => {
    if (field.tag !== '61') return;
    const line = readStatementLine(field, currency);
    const told = readInformation(informationBehind(message, index));
    entries.push({
      ...line.entry,
      references: { ...line.entry.references, ...told.references },
      counterparty: told.counterparty,
      remittance: told.remittance || line.supplement,
    });
  });
  return entries;
}

function informationBehind(message: readonly Field[], index: number): readonly string[] {
  const lines: string[] = [];
  for (let at = index + 1; at < message.length; at += 1) {
    const field = message[at];
    if (field?.tag === '86') lines.push(...field.lines);
    else if (field?.tag !== 'NS') break;
  }
  return lines;
}

function statementOf(page: Page): BankStatement {
  return {
    account: accountOf(page.account, page.currency),
    currency: page.currency,
    openingMinor: page.opening && readBalance(page.opening).minor,
    closingMinor: page.closing && balanceIn(page.closing, page.currency),
    entries: page.entries,
    line: page.first.line,
  };
}

function balanceIn(field: Field, currency: string): bigint {
  const balance = readBalance(field, currency);
  if (balance.currency === currency) return balance.minor;
  const reason = `${balance.currency} is not the currency of the opening balance, ${currency}`;
  throw new BankFileFault(field.line, `:${field.tag}: currency`, reason);
}

/** Many banks write the currency behind the number: `NL20INGB0001234567EUR`, `123456789 EUR`. */
function accountOf(field: Field, currency: string): string {
  const text = field.lines[0].trim().replace(/\s+/g, ' ');
  const bare = text.endsWith(currency) ? text.slice(0, -currency.length) : text;
  const number = /[\d ]$/.test(bare) ? bare.trimEnd() : text;
  const compact = number.replace(/ /g, '');
  return isIban(compact) ? compact : number;
}

/** A page that ends with an interim balance goes on in the next message of that account. */
function continues(before: Page, page: Page): boolean {
  if (before.closing?.tag !== '62M' || page.opening?.tag !== '60M') return false;
  return (
    before.account.lines[0] === page.account.lines[0] &&
    before.currency === page.currency &&
    readBalance(before.closing, page.currency).minor === readBalance(page.opening).minor
  );
}
