import { BankFileFault } from '../fault';
import { readCamt } from './camt';

/** A camt.053 with what a fact is about; everything else is as short as the schema allows. */
function statement(
  content: string,
  account = '<Id><IBAN>DE89370400440532013000</IBAN></Id>',
): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>
<Stmt><Id>1</Id><Acct>${account}</Acct>
${content}
</Stmt></BkToCstmrStmt></Document>`;
}

function balance(code: string, amount: string, day = '2026-03-02', side = 'CRDT'): string {
  return `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">${amount}</Amt>
<CdtDbtInd>${side}</CdtDbtInd><Dt><Dt>${day}</Dt></Dt></Bal>`;
}

function entry(amount: string, side: string, rest = ''): string {
  return `<Ntry><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>${side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><Dt>2026-03-03</Dt></ValDt>${rest}</Ntry>`;
}

function details(...transactions: readonly string[]): string {
  return `<NtryDtls>${transactions.map((each) => `<TxDtls>${each}</TxDtls>`).join('')}</NtryDtls>`;
}

const only = (text: string) => {
  const [first, ...more] = readCamt(text);
  if (!first || more.length > 0) throw new Error('one statement was expected');
  return first;
};

const faultOf = (text: string): string => {
  try {
    readCamt(text);
  } catch (error) {
    if (error instanceof BankFileFault) return error.message;
    throw error;
  }
  throw new Error('nothing was wrong');
};

describe('a camt statement', () => {
  it('gives balances and entries in minor units, with references, counterparty and remittance', () => {
    const read = only(
      statement(
        balance('OPBD', '100.5') +
          balance('CLBD', '90', '2026-03-02', 'DBIT') +
          entry(
            '190.50',
            'DBIT',
            `<AcctSvcrRef>B-1</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd>
<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>` +
              details(
                `<Refs><EndToEndId>E-1</EndToEndId><UETR>u</UETR></Refs><RltdPties><Dbtr><Nm>We</Nm></Dbtr><Cdtr><Pty>
<Nm>Maria &amp; Co</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>CY17002001280000001200527600</IBAN></Id></CdtrAcct>
</RltdPties><RmtInf><Ustrd>Withdrawal</Ustrd><Ustrd> no. 7</Ustrd></RmtInf>`,
              ),
          ),
      ),
    );
    expect(read).toMatchObject({
      account: 'DE89370400440532013000',
      currency: 'EUR',
      openingMinor: 10050n,
      closingMinor: -9000n,
    });
    expect(read.entries).toEqual([
      {
        amountMinor: 19050n,
        currency: 'EUR',
        direction: 'debit',
        bookedOn: '2026-03-02',
        valuedOn: '2026-03-03',
        reversal: false,
        booked: true,
        references: {
          accountServicerReference: 'B-1',
          bankTransactionCode: 'PMNT/ICDT/ESCT',
          endToEndId: 'E-1',
          uetr: 'u',
        },
        parts: [],
        counterparty: { name: 'Maria & Co', account: 'CY17002001280000001200527600' },
        remittance: 'Withdrawal no. 7',
        line: 7,
      },
    ]);
  });

  it('gives a reversed debit as the credit that it is', () => {
    const [read] = only(statement(entry('5', 'CRDT', '<RvslInd>true</RvslInd>'))).entries;
    expect(read).toMatchObject({ direction: 'credit', reversal: true, amountMinor: 500n });
  });

  it('splits a batch whose parts add up to it, a part of the other direction too', () => {
    const read = only(
      statement(
        entry(
          '25.00',
          'CRDT',
          details(
            '<Refs><EndToEndId>A</EndToEndId></Refs><Amt Ccy="EUR">20</Amt><CdtDbtInd>CRDT</CdtDbtInd>',
            '<Refs><EndToEndId>B</EndToEndId></Refs><Amt Ccy="EUR">8</Amt><CdtDbtInd>CRDT</CdtDbtInd>',
            '<Refs><EndToEndId>C</EndToEndId></Refs><Amt Ccy="EUR">3</Amt><CdtDbtInd>DBIT</CdtDbtInd>',
          ),
        ),
      ),
    );
    expect(
      read.entries.map((each) => [each.references['endToEndId'], each.direction, each.amountMinor]),
    ).toEqual([
      ['A', 'credit', 2000n],
      ['B', 'credit', 800n],
      ['C', 'debit', 300n],
    ]);
  });

  it('takes the parts of version 2 from their transaction amounts', () => {
    const part = (id: string, amount: string) =>
      `<Refs><EndToEndId>${id}</EndToEndId></Refs><AmtDtls><InstdAmt><Amt Ccy="USD">99</Amt></InstdAmt>
<TxAmt><Amt Ccy="EUR">${amount}</Amt></TxAmt></AmtDtls>`;
    const read = only(statement(entry('3', 'DBIT', details(part('A', '1'), part('B', '2')))));
    expect(read.entries.map((each) => each.amountMinor)).toEqual([100n, 200n]);
  });

  it('keeps a batch whole whose parts do not add up, with the references of each', () => {
    const read = only(
      statement(
        entry(
          '24.00',
          'CRDT',
          details(
            '<Refs><EndToEndId>A</EndToEndId></Refs><Amt Ccy="EUR">20</Amt><RmtInf><Ustrd>one</Ustrd></RmtInf>',
            '<Refs><EndToEndId>B</EndToEndId></Refs><Amt Ccy="EUR">5</Amt><RmtInf><Ustrd>two</Ustrd></RmtInf>',
          ),
        ),
      ),
    );
    expect(read.entries).toHaveLength(1);
    expect(read.entries[0]).toMatchObject({
      amountMinor: 2400n,
      parts: [{ endToEndId: 'A' }, { endToEndId: 'B' }],
      remittance: 'one two',
    });
  });

  it('tells apart what is not booked yet', () => {
    const pending = entry('5', 'CRDT').replace('<Cd>BOOK</Cd>', '<Cd>PDNG</Cd>');
    const [read] = only(statement(pending)).entries;
    expect(read).toMatchObject({ booked: false, references: { entryStatus: 'PDNG' } });
  });

  it('reads without namespace or with a prefix, in an envelope, and of versions to come', () => {
    const bare = statement(entry('1', 'CRDT')).replace(/ xmlns="[^"]*"/, '');
    const prefixed = bare
      .replace(/<(\/?)([A-Z])/g, '<$1n:$2')
      .replace('<n:Document', '<n:Document xmlns:n="u"');
    const wrapped = `<Envelope><AppHdr/>${bare.replace(/<\?.*\?>/, '')}</Envelope>`;
    const future = statement(entry('1', 'CRDT')).replace('001.08', '001.99');
    for (const text of [bare, prefixed, wrapped, future]) {
      expect(only(text).entries).toHaveLength(1);
    }
  });

  it('reads the first version, whose names differ', () => {
    const read =
      only(`<Document><BkToCstmrStmtV01><Stmt><Acct><Id><PrtryAcct><Id>77</Id></PrtryAcct></Id></Acct>
<Bal><Tp><Cd>PRCD</Cd></Tp><Amt Ccy="USD">1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="USD">2</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><DtTm>2026-03-02T23:59:59+02:00</DtTm>
</BookgDt><TxDtls><Refs><TxId>T</TxId></Refs></TxDtls></Ntry></Stmt></BkToCstmrStmtV01></Document>`);
    expect(read).toMatchObject({ account: '77', openingMinor: 100n, closingMinor: null });
    expect(read.entries[0]).toMatchObject({
      bookedOn: '2026-03-02',
      valuedOn: null,
      references: { transactionId: 'T' },
    });
  });

  it('reads reports (052), notifications (054) and several statements of a file', () => {
    const body = (name: string) =>
      `<${name}><Acct><Id><Othr><Id>1</Id></Othr></Id></Acct></${name}>`;
    const accounts = (text: string) => readCamt(text).map((each) => each.account);
    expect(
      accounts(
        `<Document><BkToCstmrAcctRpt>${body('Rpt')}${body('Rpt')}</BkToCstmrAcctRpt></Document>`,
      ),
    ).toEqual(['1', '1']);
    expect(
      accounts(
        `<Document><BkToCstmrDbtCdtNtfctn>${body('Ntfctn')}</BkToCstmrDbtCdtNtfctn></Document>`,
      ),
    ).toEqual(['1']);
  });

  it('takes the earliest opening and the latest closing balance of several days', () => {
    const read = only(
      statement(
        balance('OPBD', '1', '2026-03-03') +
          balance('OPBD', '2', '2026-03-02') +
          balance('CLBD', '3', '2026-03-02') +
          balance('CLBD', '4', '2026-03-03') +
          balance('CLAV', '9'),
      ),
    );
    expect([read.openingMinor, read.closingMinor]).toEqual([200n, 400n]);
  });

  it('reads text between CDATA marks as it stands and resolves numbers of characters elsewhere', () => {
    const text = details('<RmtInf><Ustrd><![CDATA[a &amp; <b>]]> &#8364;&#x41;</Ustrd></RmtInf>');
    expect(only(statement(entry('1', 'CRDT', text))).entries[0]?.remittance).toBe('a &amp; <b> €A');
  });
});

describe('a broken camt file', () => {
  it.each([
    ['an amount', entry('12.3x', 'CRDT'), 'line 5: Ntry/Amt: "12.3x" is not an amount'],
    ['a comma', entry('12,30', 'CRDT'), 'line 5: Ntry/Amt: "12,30" is not an amount'],
    ['a minus', entry('-12.30', 'CRDT'), 'line 5: Ntry/Amt: "-12.30" is not an amount'],
    ['too fine', entry('1.001', 'CRDT'), 'line 5: Ntry/Amt: EUR has 2 digits after the point'],
    ['a side', entry('1', 'CREDIT'), 'line 5: Ntry/CdtDbtInd: "CREDIT" is not CRDT or DBIT'],
    [
      'a day',
      entry('1', 'CRDT').replace('2026-03-02', '2026-03-32'),
      'line 6: Ntry/BookgDt: "2026-03-32" is not a day',
    ],
    [
      'a currency',
      entry('1', 'CRDT').replace('"EUR"', '"EURO"'),
      'line 5: Ntry/Amt/@Ccy: "EURO" is no currency known here',
    ],
    ['no amount', '<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>', 'line 5: Ntry/Amt: is missing'],
    [
      'a reversal mark',
      entry('1', 'CRDT', '<RvslInd>yes</RvslInd>'),
      'line 6: Ntry/RvslInd: "yes" is not true or false',
    ],
    [
      'an entity',
      entry('1', 'CRDT', '<AddtlNtryInf>&xxe;</AddtlNtryInf>'),
      'line 6: AddtlNtryInf: "&xxe;" is no entity of XML',
    ],
  ])('says where and why: %s', (_what, content, message) => {
    expect(faultOf(statement(content))).toBe(message);
  });

  it('says which element is not closed, and that an account is missing', () => {
    expect(faultOf(statement('<Ntry>'))).toMatch(/^line \d+: XML: .*Ntry/);
    expect(faultOf(statement('', '<Nm>x</Nm>'))).toBe('line 4: Stmt/Acct/Id: is missing');
  });

  it('refuses document types, other documents, and a second root', () => {
    expect(faultOf('<!DOCTYPE a [<!ENTITY b "c">]>\n<Document/>')).toMatch(/^line 1: DOCTYPE: /);
    expect(faultOf('<Document>\n<CstmrCdtTrfInitn/></Document>')).toBe(
      'line 1: Document: "CstmrCdtTrfInitn" is no camt.052, 053 or 054',
    );
    expect(faultOf('<a/>\n<b/>')).toBe('line 2: b: is a second root');
  });

  it('refuses what is nested without end', () => {
    const deep = '<a>'.repeat(50_000) + '</a>'.repeat(50_000);
    expect(faultOf(deep)).toMatch(/^line 1: XML: /);
  });
});
