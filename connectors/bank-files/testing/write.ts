import { formatAmount } from '../../../domain/money';
import { closingOf, type PlainEntry, type PlainStatement } from './arbitrary-statement';

/** For tests only: statements as a bank would send them in each format. */
export const writers = { camt: writeCamt, MT940: writeMt940, BAI2: writeBai2 } as const;

function absolute(minor: bigint, currency: string): string {
  return formatAmount(minor < 0n ? -minor : minor, currency);
}

function writeCamt(statements: readonly PlainStatement[]): string {
  const side = (credit: boolean) => `<CdtDbtInd>${credit ? 'CRDT' : 'DBIT'}</CdtDbtInd>`;
  const amount = (minor: bigint, currency: string) =>
    `<Amt Ccy="${currency}">${absolute(minor, currency)}</Amt>`;
  const balance = (code: string, minor: bigint, currency: string) =>
    `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp>${amount(minor, currency)}${side(minor >= 0n)}</Bal>`;
  const entry = (plain: PlainEntry, currency: string) =>
    `<Ntry>${amount(plain.amountMinor, currency)}${side(plain.direction === 'credit')}
<RvslInd>${plain.reversal}</RvslInd><Sts>BOOK</Sts><BookgDt><Dt>${plain.bookedOn}</Dt></BookgDt>
<AcctSvcrRef>${plain.reference}</AcctSvcrRef>
<NtryDtls><TxDtls><RmtInf><Ustrd>${plain.remittance}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`;
  const body = statements.map(
    (plain) => `<Stmt><Acct><Id><Othr><Id>${plain.account}</Id></Othr></Id></Acct>
${balance('OPBD', plain.openingMinor, plain.currency)}${balance('CLBD', closingOf(plain), plain.currency)}
${plain.entries.map((each) => entry(each, plain.currency)).join('\n')}</Stmt>`,
  );
  return `<?xml version="1.0"?>\n<Document><BkToCstmrStmt>${body.join('\n')}</BkToCstmrStmt></Document>\n`;
}

function writeMt940(statements: readonly PlainStatement[]): string {
  const amount = (minor: bigint, currency: string) => {
    const text = absolute(minor, currency).replace('.', ',');
    return text.includes(',') ? text : `${text},`;
  };
  const short = (day: string) => day.slice(2).replaceAll('-', '');
  const balance = (tag: string, minor: bigint, currency: string) =>
    `:${tag}:${minor < 0n ? 'D' : 'C'}260302${currency}${amount(minor, currency)}`;
  const lines = (plain: PlainEntry, currency: string) => {
    const credit = plain.direction === 'credit';
    const mark = plain.reversal ? (credit ? 'RD' : 'RC') : credit ? 'C' : 'D';
    const day = short(plain.bookedOn);
    return `:61:${day}${day.slice(2)}${mark}${amount(plain.amountMinor, currency)}NTRFNONREF//${plain.reference}
:86:${plain.remittance}`;
  };
  return statements
    .map((plain) =>
      [
        ':20:STATEMENT',
        `:25:${plain.account}`,
        ':28C:1/1',
        balance('60F', plain.openingMinor, plain.currency),
        ...plain.entries.map((each) => lines(each, plain.currency)),
        balance('62F', closingOf(plain), plain.currency),
        '-',
      ].join('\n'),
    )
    .join('\n');
}

function writeBai2(statements: readonly PlainStatement[]): string {
  const lines = ['01,BANK,CLIENT,260303,0600,1,,,2/'];
  for (const plain of statements) {
    for (const part of byDay(plain)) {
      const day = part.entries[0]?.bookedOn ?? '2026-03-02';
      lines.push(
        `02,CLIENT,BANK,1,${day.slice(2).replaceAll('-', '')},2400,${part.currency},2/`,
        `03,${part.account},,010,${part.openingMinor},,,015,${closingOf(part)},,/`,
        ...part.entries.flatMap((each) => [
          `16,${codeOf(each)},${each.amountMinor},Z,${each.reference},,/`,
          `88,${each.remittance}`,
        ]),
        '49,,/',
        '98,,,/',
      );
    }
  }
  return [...lines, '99,,,/', ''].join('\n');
}

/** BAI2 dates its groups and not its transactions: a statement for each day. */
export function byDay(plain: PlainStatement): readonly PlainStatement[] {
  const days = [...new Set(plain.entries.map((each) => each.bookedOn))];
  if (days.length === 0) return [plain];
  let { openingMinor } = plain;
  return days.map((day) => {
    const entries = plain.entries.filter((each) => each.bookedOn === day);
    const part = { ...plain, openingMinor, entries };
    openingMinor = closingOf(part);
    return part;
  });
}

function codeOf({ direction, reversal }: PlainEntry): string {
  if (direction === 'credit') return reversal ? '252' : '195';
  return reversal ? '552' : '495';
}
