import { formatAmount } from '../../../domain/money';
import { bankText } from './characters';
import { checkOrder } from './check-order';
import { controlSum } from './control-sum';
import type {
  Account,
  Batch,
  CreditTransferOrder,
  Organisation,
  Transfer,
} from './credit-transfer';

/** The version that banks moved to in 2022–2025, and the one that some still ask for. */
export type Pain001Version = '001.001.09' | '001.001.03';

/**
 * Writes an order for a bank (ISO 20022 CustomerCreditTransferInitiation). Texts are put into the characters that
 * banks take; references go as they are. The older version has no place for an LEI: it is left out.
 * Throws UnwritableOrder.
 */
export function writePain001(
  order: CreditTransferOrder,
  version: Pain001Version = '001.001.09',
): string {
  checkOrder(order);
  const transfers = order.batches.flatMap((batch) => batch.transfers);
  const header = element('GrpHdr', [
    leaf('MsgId', order.messageId),
    leaf('CreDtTm', order.createdAt.toISOString().replace(/\.\d{3}Z$/, 'Z')),
    ...totals(transfers),
    element('InitgPty', organisation(order.initiatingParty, version)),
  ]);
  const content = [header, ...order.batches.map((batch) => paymentInformation(batch, version))];
  const message = element('CstmrCdtTrfInitn', content);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.${version}">
${message}
</Document>
`;
}

function paymentInformation(batch: Batch, version: Pain001Version): string {
  const day = leaf('Dt', batch.executionDay);
  return element('PmtInf', [
    leaf('PmtInfId', batch.paymentInformationId),
    leaf('PmtMtd', 'TRF'),
    leaf('BtchBookg', String(batch.bookTogether)),
    ...totals(batch.transfers),
    ...(batch.scheme === 'sepa'
      ? [element('PmtTpInf', [element('SvcLvl', [leaf('Cd', 'SEPA')])])]
      : []),
    version === '001.001.03'
      ? leaf('ReqdExctnDt', batch.executionDay)
      : element('ReqdExctnDt', [day]),
    element('Dbtr', organisation(batch.debtor, version)),
    account('DbtrAcct', batch.debtor.account),
    agent('DbtrAgt', batch.debtor.bic, version),
    leaf('ChrgBr', chargeBearer(batch)),
    ...batch.transfers.map((transfer) => creditTransfer(transfer, version)),
  ]);
}

/** SEPA's own word for shared is "following the service level". */
function chargeBearer({ scheme, charges }: Batch): string {
  if (scheme === 'sepa') return 'SLEV';
  return { shared: 'SHAR', debtor: 'DEBT', creditor: 'CRED' }[charges];
}

function creditTransfer(transfer: Transfer, version: Pain001Version): string {
  const { creditor, currency } = transfer;
  const remittance = bankText(transfer.remittance, 140);
  const town = bankText(creditor.town ?? '', 35);
  const amount = formatAmount(transfer.amountMinor, currency);
  return element('CdtTrfTxInf', [
    element('PmtId', [
      leaf('InstrId', transfer.endToEndId),
      leaf('EndToEndId', transfer.endToEndId),
    ]),
    element('Amt', [`<InstdAmt Ccy="${currency}">${amount}</InstdAmt>`]),
    ...(creditor.bic === undefined ? [] : [agent('CdtrAgt', creditor.bic, version)]),
    element('Cdtr', [
      leaf('Nm', bankText(creditor.name, 70)),
      element('PstlAdr', [
        ...(town === '' ? [] : [leaf('TwnNm', town)]),
        leaf('Ctry', creditor.country),
      ]),
    ]),
    account('CdtrAcct', creditor.account),
    ...(remittance === '' ? [] : [element('RmtInf', [leaf('Ustrd', remittance)])]),
  ]);
}

function organisation(party: Organisation, version: Pain001Version): string[] {
  const { name, country, lei } = party;
  return [
    leaf('Nm', bankText(name, 70)),
    ...(country === undefined ? [] : [element('PstlAdr', [leaf('Ctry', country)])]),
    ...(lei === undefined || version === '001.001.03'
      ? []
      : [element('Id', [element('OrgId', [leaf('LEI', lei)])])]),
  ];
}

function account(name: string, { currency, ...number }: Account): string {
  const id =
    number.kind === 'iban'
      ? leaf('IBAN', number.iban)
      : element('Othr', [leaf('Id', number.number)]);
  return element(name, [
    element('Id', [id]),
    ...(currency === undefined ? [] : [leaf('Ccy', currency)]),
  ]);
}

function agent(name: string, bic: string | undefined, version: Pain001Version): string {
  const identified =
    bic === undefined
      ? element('Othr', [leaf('Id', 'NOTPROVIDED')])
      : leaf(version === '001.001.03' ? 'BIC' : 'BICFI', bic);
  return element(name, [element('FinInstnId', [identified])]);
}

function totals(transfers: readonly Transfer[]): string[] {
  return [leaf('NbOfTxs', String(transfers.length)), leaf('CtrlSum', controlSum(transfers))];
}

/** Nothing is escaped: checked references and texts that banks take hold no `<`, `>` or `&`. */
function leaf(name: string, text: string): string {
  return `<${name}>${text}</${name}>`;
}

function element(name: string, content: readonly string[]): string {
  const inner = content.join('\n').replace(/^/gm, '  ');
  return `<${name}>\n${inner}\n</${name}>`;
}
