import { nextActionSchema, type ShownAction } from '../domain/payments/next-action.schema';
import type { PayerNeeds } from '../domain/payments/capabilities';
import type { PayerGiven } from '../domain/payments/ways-to-pay';
import { rows, type Tx } from './connection';
import type { Deposit } from './deposits';
import { holderOf, readPersonalData } from './parties';
import { decryptFor, encryptFor, erasedText } from './personal-data';

/** The payer of a deposit as their provider has to know them; `Payer` of the port. */
export interface KnownPayer extends PayerGiven {
  readonly name?: string;
  readonly email?: string;
  readonly country?: string;
}

type Payable = Pick<Deposit, 'clientId' | 'payerSealed'>;

/** What the payer said of themselves, for the deposit's row; null when nothing was asked for. */
export async function sealPayer(
  tx: Tx,
  clientId: string,
  given: PayerGiven,
): Promise<string | null> {
  if (Object.keys(given).length === 0) return null;
  return encryptFor(tx, clientId, 'deposit.payer', JSON.stringify(given));
}

/** What the payer said of themselves; nothing when their key has been erased. */
export async function givenByPayer(
  tx: Tx,
  { clientId, payerSealed }: Payable,
): Promise<PayerGiven> {
  if (payerSealed === null) return {};
  const text = await decryptFor(tx, clientId, 'deposit.payer', payerSealed);
  // A parser of what `sealPayer` wrote.
  return text === erasedText ? {} : (JSON.parse(text) as PayerGiven);
}

/** The payer for the provider's request alone: what they said, and of their record no more than it needs. */
export async function payerOf(
  tx: Tx,
  deposit: Payable,
  { record = [] }: PayerNeeds,
): Promise<KnownPayer> {
  const { clientId } = deposit;
  const [client] = await rows<{ residence: string }>(
    tx,
    'select residence from client where id = :clientId',
    { clientId },
  );
  const given = await givenByPayer(tx, deposit);
  const country = client ? { country: client.residence } : {};
  if (record.length === 0) return { ...country, ...given };
  const person = await readPersonalData(tx, (await holderOf(tx, clientId)).id);
  const known = record.flatMap((field) =>
    person[field] === '' || person[field] === erasedText ? [] : [[field, person[field]] as const],
  );
  return { ...country, ...Object.fromEntries(known), ...given };
}

/** What the payer has to do, for the deposit's row: an account to pay into bears their name. */
export async function sealAction(tx: Tx, clientId: string, action: ShownAction): Promise<string> {
  return encryptFor(tx, clientId, 'deposit.next_action', JSON.stringify(action));
}

/** What the payer has to do now; null while nothing is known yet, and when the deposit waits for no payer any more. */
export async function nextActionOf(tx: Tx, deposit: Deposit): Promise<ShownAction | null> {
  const { state, actionSealed, checkoutUrl } = deposit;
  if (state !== 'awaiting_payment') return null;
  if (actionSealed === null)
    return checkoutUrl ? { kind: 'redirect', url: checkoutUrl } : { kind: 'none' };
  return (await keptAction(tx, deposit)) ?? { kind: 'none' };
}

/** What the payer was asked to do, also when that is over; undefined where nothing is kept, or once it is erased. */
export async function keptAction(
  tx: Tx,
  { clientId, actionSealed }: Pick<Deposit, 'clientId' | 'actionSealed'>,
): Promise<ShownAction | undefined> {
  if (actionSealed === null) return undefined;
  const text = await decryptFor(tx, clientId, 'deposit.next_action', actionSealed);
  return text === erasedText ? undefined : nextActionSchema.parse(JSON.parse(text));
}
