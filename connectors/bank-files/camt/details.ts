import type { Counterparty, Direction, References } from '../statement';
import { find, findAll, textAt, type XmlElement } from './xml';

/** What a transaction says besides its amount. */
export interface Details {
  readonly references: References;
  readonly counterparty: Counterparty;
  readonly remittance: string;
}

export function entryReferences(entry: XmlElement): References {
  return known({
    entryReference: textAt(entry, 'NtryRef'),
    accountServicerReference: textAt(entry, 'AcctSvcrRef'),
    batchMessageId: textAt(entry, 'NtryDtls', 'Btch', 'MsgId') ?? textAt(entry, 'Btch', 'MsgId'),
    batchPaymentInformationId:
      textAt(entry, 'NtryDtls', 'Btch', 'PmtInfId') ?? textAt(entry, 'Btch', 'PmtInfId'),
    bankTransactionCode: codeOf(find(entry, 'BkTxCd')),
  });
}

export function readDetails(transaction: XmlElement, entryDirection: Direction): Details {
  const structured = findAll(find(transaction, 'RmtInf'), 'Strd');
  const creditorReference = structured
    .map((each) => textAt(each, 'CdtrRefInf', 'Ref') ?? textAt(each, 'CdtrRefInf', 'CdtrRef'))
    .find((reference) => reference !== undefined);
  return {
    references: known({
      ...referencesIn(find(transaction, 'Refs')),
      creditorReference,
      returnReason: textAt(transaction, 'RtrInf', 'Rsn', 'Cd'),
      bankTransactionCode: codeOf(find(transaction, 'BkTxCd')),
    }),
    counterparty: counterpartyOf(transaction, entryDirection),
    remittance: remittanceOf(transaction, structured, creditorReference),
  };
}

function referencesIn(refs: XmlElement | undefined): Record<string, string | undefined> {
  return {
    messageId: textAt(refs, 'MsgId'),
    accountServicerReference: textAt(refs, 'AcctSvcrRef'),
    paymentInformationId: textAt(refs, 'PmtInfId'),
    instructionId: textAt(refs, 'InstrId'),
    endToEndId: textAt(refs, 'EndToEndId'),
    transactionId: textAt(refs, 'TxId'),
    uetr: textAt(refs, 'UETR'),
    mandateId: textAt(refs, 'MndtId'),
    chequeNumber: textAt(refs, 'ChqNb'),
    clearingSystemReference: textAt(refs, 'ClrSysRef'),
    proprietaryReference: textAt(refs, 'Prtry', 'Ref'),
  };
}

/** `PMNT/RCDT/ESCT`, or the bank's own code where there is no other. */
function codeOf(code: XmlElement | undefined): string | undefined {
  const domain = textAt(code, 'Domn', 'Cd');
  if (domain === undefined) return textAt(code, 'Prtry', 'Cd');
  const family = find(code, 'Domn', 'Fmly');
  return [domain, textAt(family, 'Cd'), textAt(family, 'SubFmlyCd')]
    .filter((part) => part !== undefined)
    .join('/');
}

/** The side that is not the account's: the payer of a credit, the payee of a debit; often both are named. */
function counterpartyOf(transaction: XmlElement, entryDirection: Direction): Counterparty {
  const parties = find(transaction, 'RltdPties');
  const own = textAt(transaction, 'CdtDbtInd');
  const debit = own === undefined ? entryDirection === 'debit' : own === 'DBIT';
  for (const role of debit ? ['Cdtr', 'Dbtr'] : ['Dbtr', 'Cdtr']) {
    const name = textAt(parties, role, 'Nm') ?? textAt(parties, role, 'Pty', 'Nm');
    const account =
      textAt(parties, `${role}Acct`, 'Id', 'IBAN') ??
      textAt(parties, `${role}Acct`, 'Id', 'Othr', 'Id');
    if (name !== undefined || account !== undefined) return known({ name, account });
  }
  return {};
}

/** What the payer wrote; failing that what is structured, and then what the bank adds. */
function remittanceOf(
  transaction: XmlElement,
  structured: readonly XmlElement[],
  creditorReference: string | undefined,
): string {
  const free = findAll(find(transaction, 'RmtInf'), 'Ustrd').map((each) => each.text);
  const added = structured.flatMap((each) =>
    findAll(each, 'AddtlRmtInf').map((information) => information.text),
  );
  const documents = structured
    .map((each) => textAt(each, 'RfrdDocInf', 'Nb'))
    .filter((number) => number !== undefined);
  const written = [...free, ...added, ...documents].filter((text) => text !== '').join(' ');
  return (written || creditorReference || textAt(transaction, 'AddtlTxInf') || '').replace(
    /\s+/g,
    ' ',
  );
}

function known(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
