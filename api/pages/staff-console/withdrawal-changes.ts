import { atFile, paperDownload, paperUpload } from '../../paper-file';
import { may, type Scope } from '../../../domain/access/scope';
import { documentBytesMax, mediaTypes } from '../../../domain/onboarding/media-type';
import { formatAmount } from '../../../domain/money';
import { isToken } from '../../../domain/payments/token-address';
import type { Tx } from '../../../db/connection';
import { assertKnownSource, bankAccountsOf, type SourceLabel } from '../../../db/payment-sources';
import { assertOwnDestination } from '../../../db/payout-destination';
import { editsOf, editWithdrawal } from '../../../db/withdrawal-edits';
import {
  attachPaper,
  doubtfulInstruments,
  evidenceOf,
  readPaper,
  supplyEvidence,
} from '../../../db/withdrawal-evidence';
import { payoutAddressesOf } from '../../../db/token-addresses';
import { isFinal, readWithdrawal, type Withdrawal } from '../../../db/withdrawals';
import { idOf, line } from '../../schemas';
import { amount, moneyOf } from '../client-room/amount';
import { defineForm, definePage, type Page } from '../page';
import { actorWords } from './actors';

/** What was changed of a withdrawal and said of instruments in doubt, and what may be, for its page. */
export async function readChanges(
  tx: Tx,
  scope: Scope,
  { id, sources }: { readonly id: string; readonly sources: readonly SourceLabel[] },
) {
  const withdrawal = await readWithdrawal(tx, id);
  const edits = await editsOf(tx, id);
  const evidence = await evidenceOf(tx, withdrawal);
  const doubtful = await doubtfulInstruments(tx, id);
  const who = await actorWords(tx, [
    ...edits.map(({ by }) => by),
    ...evidence.map(({ suppliedBy }) => suppliedBy),
  ]);
  // Who may not read the client's papers knows an instrument by its id.
  const nameOf = (source: string | null) =>
    source === null
      ? 'none'
      : (sources.find((known) => known.id === source)?.label ?? `instrument …${source.slice(-6)}`);
  const isOpen = withdrawal.state !== 'paying' && !isFinal(withdrawal.state);
  const mayChange = isOpen && may(scope, 'payment.operate');
  const missing = doubtful.filter(({ hasEvidence }) => !hasEvidence);
  return {
    edits: edits.map((edit) => ({
      ...{ at: edit.at, by: who(edit.by), reason: edit.reason },
      what: [
        ...(edit.amount === edit.amountBefore
          ? []
          : [`${edit.amountBefore} ${edit.currency} became ${edit.amount} ${edit.currency}`]),
        ...(edit.bankSource === edit.bankSourceBefore
          ? []
          : [`paid to ${nameOf(edit.bankSource)} instead of ${nameOf(edit.bankSourceBefore)}`]),
        ...(edit.address === edit.addressBefore
          ? []
          : [`paid to ${nameOf(edit.address)} instead of ${nameOf(edit.addressBefore)}`]),
      ].join('; '),
    })),
    evidence: evidence.map((each) => ({
      ...{ sourceId: each.sourceId, statement: each.statement, at: each.suppliedAt },
      ...{ by: who(each.suppliedBy), of: nameOf(each.sourceId), hasPaper: each.paper !== null },
    })),
    missing: missing.map(({ sourceId, why }) => ({
      value: sourceId,
      label: `${nameOf(sourceId)}, ${doubtWords[why]}`,
    })),
    mayReadPapers: may(scope, 'withdrawal.approve') || may(scope, 'payment.operate'),
    maySupply: mayChange && missing.length > 0,
    mayEdit: mayChange,
    isPlannedAnew: withdrawal.editedBy.length > 0 && withdrawal.state === 'requested',
    amount: formatAmount(withdrawal.amountMinor, withdrawal.currency),
    currency: withdrawal.currency,
    ...(await destinationsOf(tx, withdrawal, { mayChange, nameOf })),
    megabytesMax: documentBytesMax / 1024 / 1024,
    accept: mediaTypes.join(','),
  };
}

/** Where else it may be paid to: tokens leave by the chain alone, and everything else by a bank. */
async function destinationsOf(
  tx: Tx,
  { clientId, currency, bankSourceId, addressSourceId }: Withdrawal,
  { mayChange, nameOf }: { readonly mayChange: boolean; readonly nameOf: (id: string) => string },
) {
  const areTokens = isToken(currency);
  const choices = (ids: readonly string[]) => ids.map((value) => ({ value, label: nameOf(value) }));
  return {
    areTokens,
    bankSourceId: bankSourceId ?? '',
    addressSourceId: addressSourceId ?? '',
    accounts: mayChange && !areTokens ? choices(await bankAccountsOf(tx, clientId)) : [],
    addresses: mayChange && areTokens ? choices(await payoutAddressesOf(tx, clientId)) : [],
  };
}

const doubtWords = { expired: 'expired', unproven: 'not proven to be the client’s' } as const;

/** A paper as it was uploaded; who looks at it is recorded. */
const paperPage = definePage({
  path: '/staff/payments/:id/evidence/:sourceId',
  auth: { any: [{ permission: 'withdrawal.approve' }, { permission: 'payment.operate' }] },
  params: { id: idOf('withdrawal'), sourceId: idOf('source') },
  handle: async ({ tx, params: { id, sourceId } }) =>
    paperDownload(sourceId, await readPaper(tx, id, sourceId)),
});

/** The page holds the forms and is defined by its own file. */
export function changeForms(page: Page) {
  return [
    paperPage,
    defineForm({
      path: '/staff/payments/:id/edit',
      auth: { permission: 'payment.operate' },
      params: { id: idOf('withdrawal') },
      body: {
        amount: amount.optional(),
        bankAccountId: idOf('source').optional(),
        addressId: idOf('source').optional(),
        why: line(500),
      },
      page,
      handle: async ({ tx, params: { id }, body }) => {
        const { clientId, currency } = await readWithdrawal(tx, id);
        const { bankAccountId, addressId } = body;
        await assertOwnDestination(tx, { clientId, currency }, { bankAccountId, addressId });
        await editWithdrawal(tx, id, {
          ...(body.amount === undefined ? {} : moneyOf(body.amount, currency)),
          ...(bankAccountId === undefined ? {} : { bankSourceId: bankAccountId }),
          ...(addressId === undefined ? {} : { addressSourceId: addressId }),
          reason: body.why,
        });
        return {
          to: `/staff/payments/${id}#changes`,
          flash:
            'Changed. Every approval given before is void; you cannot approve it, and another person has to.',
        };
      },
    }),
    defineForm({
      path: '/staff/payments/:id/evidence',
      auth: { permission: 'payment.operate' },
      params: { id: idOf('withdrawal') },
      upload: paperUpload,
      body: { sourceId: idOf('source'), statement: line(1000) },
      page,
      handle: async ({ tx, params: { id }, body, file }) => {
        const { sourceId, statement } = body;
        const { clientId } = await readWithdrawal(tx, id);
        await assertKnownSource(tx, { clientId, sourceId });
        await supplyEvidence(tx, id, { sourceId, statement });
        if (file !== undefined && file.bytes.length > 0)
          await attachPaper(tx, id, { sourceId, content: file.bytes }).catch(atFile);
        return {
          to: `/staff/payments/${id}#changes`,
          flash: 'Kept. Another person approves the withdrawal; you cannot.',
        };
      },
    }),
  ];
}
