import type { Counterparty, References } from '../statement';

/** What a `:86:` tells. */
export interface Information {
  readonly references: References;
  readonly counterparty: Counterparty;
  readonly remittance: string;
}

/**
 * Reads the information to the account owner in the three shapes that banks give it: sub-fields by number
 * (`166?00…?20EREF+…`, in Poland `020~00…`), names between slashes (`/EREF/…/REMI/…`), or free text.
 */
export function readInformation(lines: readonly string[]): Information {
  const unwrapped = lines.join('');
  const [, code, separator] = /^\s*(\d{3})?\s*([?~^<>|§@])(?=\d{2})/.exec(unwrapped) ?? [];
  if (separator !== undefined) return readNumbered(unwrapped, code, separator);
  if (slashName.test(unwrapped)) return readNamed(unwrapped);
  return { references: {}, counterparty: {}, remittance: oneLine(lines.join(' ')) };
}

/** Texts are cut after so many characters, also within a word; a shorter piece ends where its line ended. */
const pieceLength = 27;

function readNumbered(text: string, code: string | undefined, separator: string): Information {
  const pieces = new Map<string, string>();
  for (const piece of text.split(separator).slice(1)) {
    const number = piece.slice(0, 2);
    if (!/^\d{2}$/.test(number)) continue;
    pieces.set(number, `${pieces.get(number) ?? ''}${piece.slice(2)}`);
  }
  const numbered = (from: number, to: number) =>
    [...pieces]
      .filter(([number]) => Number(number) >= from && Number(number) <= to)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, piece]) => piece);
  const purpose = joinPieces([...numbered(20, 29), ...numbered(60, 69)]);
  const account = pieces.get('38') ?? pieces.get('31');
  const name = joinPieces(numbered(32, 33));
  const keyed = readKeyed(purpose);
  return {
    references: { ...keyed.references, ...(code === undefined ? {} : { businessCode: code }) },
    counterparty: {
      ...(name === '' ? {} : { name }),
      ...(account?.trim() ? { account: account.trim() } : {}),
    },
    remittance: keyed.remittance || purpose || oneLine(pieces.get('00') ?? ''),
  };
}

function joinPieces(pieces: readonly string[]): string {
  return oneLine(
    pieces.reduce(
      (text, piece, index) =>
        index === 0 || (pieces[index - 1]?.length ?? 0) >= pieceLength
          ? text + piece
          : `${text} ${piece}`,
      '',
    ),
  );
}

/** The German banks' names in a purpose: `EREF+…KREF+…SVWZ+…`. */
const keyNames: Readonly<Record<string, string>> = {
  EREF: 'endToEndId',
  KREF: 'customerReference',
  MREF: 'mandateId',
  CRED: 'creditorId',
};

function readKeyed(purpose: string): Pick<Information, 'references' | 'remittance'> {
  const parts = purpose.split(
    /(?<![A-Z])(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+/,
  );
  const references: Record<string, string> = {};
  let remittance = '';
  for (let at = 1; at < parts.length; at += 2) {
    const [name = '', value = ''] = [parts[at], parts[at + 1]?.trim()];
    const reference = keyNames[name];
    if (reference !== undefined && value !== '') references[reference] = value;
    if (name === 'SVWZ') remittance = value;
  }
  return { references, remittance };
}

/** The names of the Dutch banks and of SWIFT's own lists; whatever else stands between slashes is text. */
const slashNames =
  'TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|ORDP|BENM|ISDT|PREF|RTRN|CNTP|ULTD|ULTB|ULTC|ID|ADDR|PURP|' +
  'SVCL|OCMT|CHGS|EXCH|TRCD|KREF|IREF|UETR|BUSP|ACCW|UDTR|CDTR|DBTR|REASON';
const slashName = new RegExp(`^\\s*/(?:${slashNames})/`);

function readNamed(text: string): Information {
  const parts = text.split(new RegExp(`/(${slashNames})/`));
  const values = new Map<string, string>();
  for (let at = 1; at < parts.length; at += 2) {
    const [name = '', value = ''] = [parts[at], parts[at + 1]];
    const clean = oneLine(value.replace(/\/+$/, ''));
    if (clean !== '' && !values.has(name)) values.set(name, clean);
  }
  const [account, , name] = (values.get('CNTP') ?? '').split('/');
  const reference = (key: string, as: string) => {
    const value = values.get(key);
    return value === undefined ? {} : { [as]: value };
  };
  const counterName = values.get('NAME') ?? name;
  const counterAccount = values.get('IBAN') ?? account;
  return {
    references: {
      ...reference('EREF', 'endToEndId'),
      ...reference('KREF', 'customerReference'),
      ...reference('IREF', 'instructionId'),
      ...reference('UETR', 'uetr'),
      ...reference('MARF', 'mandateId'),
      ...reference('CSID', 'creditorId'),
      ...reference('PREF', 'paymentInformationId'),
      ...reference('RTRN', 'returnReason'),
    },
    counterparty: {
      ...(counterName ? { name: counterName } : {}),
      ...(counterAccount ? { account: counterAccount } : {}),
    },
    remittance: (values.get('REMI') ?? '').replace(/^(?:USTD|STRD)\/+/, ''),
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
