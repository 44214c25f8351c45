import { house, wallet } from '../domain/ledger/account';
import { move } from '../domain/ledger/posting';
import {
  chargebackLegs,
  nothingTaken,
  repayOwed,
  takeDisputed,
  chargedMinor,
  writeOffOwed,
  type ChargebackPosition,
} from '../domain/payments/chargeback';
import { workflowIds } from '../temporal-config/workflow-ids';
import {
  chargebackColumns,
  chargebackFromRow,
  type Chargeback,
  type ChargebackRow,
} from './chargebacks';
import { rows, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { postTransaction, postTransactions, readBalance } from './ledger';

/** A wallet may lose money between looking and posting: then it is looked at again, so often. */
const looksMax = 20;

/** Every movement of a chargeback, in the order of its row's versions. */
const keyOf = ({ id, version }: Chargeback) => `chargeback/${id}/${version + 1}`;

/** Takes the disputed sum: out of the wallet what is free in it, the rest is owed. The row must be locked. */
export function takeMoney(tx: Tx, chargeback: Chargeback): Promise<Chargeback> {
  return byWhatIsFree(tx, chargeback, (freeMinor) =>
    takeDisputed(chargeback.amountMinor, freeMinor),
  );
}

/** Pays what is owed out of what is free in the wallet. The row must be locked; the same one where nothing moves. */
export function repayMoney(tx: Tx, chargeback: Chargeback): Promise<Chargeback> {
  return byWhatIsFree(tx, chargeback, (freeMinor) => repayOwed(chargeback, freeMinor));
}

/** The provider has given the money back: nothing is owed any more, and the wallet has again what it gave. */
export async function returnMoney(tx: Tx, chargeback: Chargeback): Promise<Chargeback> {
  const legs = chargebackLegs(accountsOf(chargeback), chargeback, nothingTaken);
  if (legs.length === 0) return chargeback;
  await postTransaction(tx, postingOf(chargeback, legs));
  return toPosition(tx, chargeback, nothingTaken);
}

/** What is owed becomes a cost of the house. The row must be locked; the same one where nothing is owed. */
export async function writeOffMoney(tx: Tx, chargeback: Chargeback): Promise<Chargeback> {
  const after = writeOffOwed(chargeback);
  const legs = chargebackLegs(accountsOf(chargeback), chargeback, after);
  if (legs.length === 0) return chargeback;
  await postTransaction(tx, postingOf(chargeback, legs));
  return toPosition(tx, chargeback, after);
}

async function byWhatIsFree(
  tx: Tx,
  chargeback: Chargeback,
  position: (freeMinor: bigint) => ChargebackPosition,
): Promise<Chargeback> {
  const accounts = accountsOf(chargeback);
  for (let look = 1; look <= looksMax; look += 1) {
    const { balanceMinor, heldMinor } = await readBalance(tx, accounts.wallet);
    // After so many races nothing is taken: what is owed is taken later.
    const after = position(look < looksMax ? balanceMinor - heldMinor : 0n);
    const legs = chargebackLegs(accounts, chargeback, after);
    if (legs.length === 0) return chargeback;
    const posting = postingOf(chargeback, legs);
    const [result] = await postTransactions(tx, [posting]);
    if (result?.verdict === 'posted') return toPosition(tx, chargeback, after);
    if (result?.verdict !== 'insufficient_funds')
      throw new Error(`the ledger refused ${posting.key}: ${result?.verdict}`);
  }
  throw new Error(`${chargeback.id} could not be taken`);
}

function accountsOf(chargeback: Chargeback) {
  return {
    wallet: wallet(chargeback),
    receivable: house('receivable', chargeback, chargeback.clientId),
    badDebt: house('bad_debt', chargeback),
    clearing: house('psp_clearing', chargeback, chargeback.provider),
  };
}

function postingOf(chargeback: Chargeback, legs: ReturnType<typeof chargebackLegs>) {
  return {
    key: keyOf(chargeback),
    kind: 'chargeback',
    entityId: chargeback.entityId,
    clientId: chargeback.clientId,
    cause: chargeback.id,
    legs,
  } as const;
}

/** Keeps what the deposit can still give back in step: it does not go back to a card that has taken it itself. */
async function toPosition(
  tx: Tx,
  chargeback: Chargeback,
  after: ChargebackPosition,
): Promise<Chargeback> {
  const charged = chargedMinor(after) - chargedMinor(chargeback);
  if (charged !== 0n)
    await rows(
      tx,
      'update deposit set charged_back_minor = charged_back_minor + :charged where id = :id',
      { id: chargeback.depositId, charged: charged.toString() },
    );
  const { takenMinor, owedMinor, writtenOffMinor } = after;
  const version = chargeback.version + 1;
  return { ...chargeback, takenMinor, owedMinor, writtenOffMinor, version };
}

/** Books what the provider charges for the dispute (all of it so far), as a cost of the house. */
export async function chargeFee(
  tx: Tx,
  chargeback: Chargeback,
  fee: { readonly amountMinor: bigint; readonly currency: string },
): Promise<Chargeback> {
  const more = fee.amountMinor - chargeback.feeMinor;
  if (more === 0n) return chargeback;
  const of = { entityId: chargeback.entityId, currency: fee.currency };
  const expense = house('provider_fees', of, chargeback.provider);
  const clearing = house('psp_clearing', of, chargeback.provider);
  await postTransaction(tx, {
    key: keyOf(chargeback),
    kind: 'chargeback_fee',
    entityId: chargeback.entityId,
    clientId: null,
    cause: chargeback.id,
    legs: more > 0n ? move(expense, clearing, more) : move(clearing, expense, -more),
  });
  return {
    ...chargeback,
    feeMinor: fee.amountMinor,
    feeCurrency: fee.currency,
    version: chargeback.version + 1,
  };
}

/** Writes a locked chargeback down as it stands now. */
export async function keepChargeback(tx: Tx, chargeback: Chargeback): Promise<Chargeback> {
  const [row] = await rows<ChargebackRow>(
    tx,
    `update chargeback set state = :state, told = :told, told_at = :toldAt, taken_minor = :taken, owed_minor = :owed,
       written_off_minor = :writtenOff,
       fee_minor = :fee, fee_currency = :feeCurrency, restriction_id = :restrictionId, evidence_due_at = :evidenceDueAt,
       version = :version, ended_at = case when :state in ('accepted', 'won', 'lost') then coalesce(ended_at, clock_timestamp()) end
     where id = :id returning ${chargebackColumns}`,
    {
      id: chargeback.id,
      state: chargeback.state,
      told: chargeback.told,
      toldAt: chargeback.toldAt,
      taken: chargeback.takenMinor.toString(),
      owed: chargeback.owedMinor.toString(),
      writtenOff: chargeback.writtenOffMinor.toString(),
      fee: chargeback.feeMinor.toString(),
      feeCurrency: chargeback.feeCurrency,
      restrictionId: chargeback.restrictionId,
      evidenceDueAt: chargeback.evidenceDueAt,
      version: chargeback.version,
    },
  );
  if (!row) throw new Error(`${chargeback.id} went away while it was locked`);
  return chargebackFromRow(row);
}

/** Money came into the client's wallet: whatever is owed there is paid out of it by its process. */
export async function wakeOwed(
  tx: Tx,
  { clientId, currency }: { readonly clientId: string; readonly currency: string },
): Promise<void> {
  const owing = await rows<{ id: string }>(
    tx,
    `select id from chargeback where client_id = :clientId and currency = :currency and owed_minor > 0 order by id limit 50`,
    { clientId, currency },
  );
  for (const { id } of owing) {
    await enqueueSignal(tx, {
      workflowId: workflowIds.chargeback(id),
      signal: 'changed',
      args: { what: 'wallet' },
    });
  }
}
