import { z } from 'zod';
import { parseAmount } from '../../../domain/money';
import { railInWords } from '../../../domain/payments/rail-words';
import { depositRails } from '../../../domain/payments/rails';
import { evaluate } from '../../../domain/policy/evaluate';
import type { CompiledPolicy } from '../../../domain/policy/compile';
import { Problem } from '../../../domain/problem';
import { chargebacksOf } from '../../../db/chargebacks';
import { readClientFacts } from '../../../db/client-facts';
import { readClient, type Client } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { nextActionOf } from '../../../db/deposit-payer';
import { readDeposit } from '../../../db/deposits';
import { requestDepositByPolicy } from '../../../db/deposit-requests';
import { effectivePolicy } from '../../../db/policies';
import { seenOfDeposit } from '../../../db/provider-watches';
import { waysOfClient } from '../../../db/ways-to-pay';
import { clientOf } from '../../routes/client-scope';
import { bankCode, idOf, phone } from '../../schemas';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { levelData } from './level';
import { amount, currencyField, moneyOf } from './amount';
import { whatToPay } from './what-to-pay';
import { showWays } from './ways';

const depositPage = definePage({
  path: '/client/cashier/deposit',
  auth: { client: true },
  query: { currency: currencyField.optional() },
  handle: async ({ tx, scope, query, typed, deps }) => {
    const { clientId, entityId } = clientOf(scope);
    const client = await readClient(tx, clientId);
    const { compiled } = await effectivePolicy(tx, 'deposit', { entityId });
    const { parameters } = compiled.effective;
    const { referenceCurrency } = parameters;
    const inReference = (text: string) => ({
      ...{ amountMinor: parseAmount(text, referenceCurrency), currency: referenceCurrency },
    });
    const all = await waysOfClient(tx, clientId, deps.providers);
    const currencies = [...new Set(all.map((way) => way.currency))];
    const wanted = [typed?.['currency'], query.currency, client.currency];
    // The first wish that can be met: the client's own currency only where nothing else was asked for.
    const currency =
      wanted.flatMap((wish) => currencies.find((each) => each === wish) ?? [])[0] ?? currencies[0];
    return {
      view: 'client/deposit-form',
      title: 'Deposit',
      data: {
        ...showWays(
          all.filter((way) => way.currency === currency),
          typed?.['method'],
        ),
        currency,
        currencies: currencies.map((label) => ({
          label,
          href: `/client/cashier/deposit?currency=${label}`,
          isCurrent: label === currency,
        })),
        amountLabel: `Amount in ${currency ?? ''}`,
        smallest: `At least what is worth ${parameters.depositMin} ${referenceCurrency}.`,
        isVerified: client.approvedAt !== null,
        standing: await levelData(tx, clientId, ['deposit', 'balance']),
        mayBefore: await mayBeforeVerified(tx, client, compiled),
        unverifiedMax: inReference(parameters.unverifiedMax),
        verifyWithinDays: parameters.verifyWithinDays,
      },
    };
  },
});

/** Whether the rules take the smallest deposit of this client before anybody has verified them. */
async function mayBeforeVerified(
  tx: Tx,
  client: Client,
  compiled: CompiledPolicy<'deposit'>,
): Promise<boolean> {
  const { daysUnverified } = await readClientFacts(tx, client.id);
  const { depositMin } = compiled.effective.parameters;
  const { outcome } = evaluate(compiled, {
    'deposit.stage': 'request',
    'deposit.amount': depositMin,
    'deposit.cumulative': depositMin,
    'client.verified': false,
    'client.daysUnverified': daysUnverified,
    'client.depositRestricted': false,
    'client.openChargebacks': 0,
    'risk.level': client.riskLevel,
  });
  return outcome.decision === 'accept';
}

const depositForm = defineForm({
  path: '/client/cashier/deposit',
  auth: { client: true },
  body: {
    amount,
    currency: currencyField,
    method: z.enum(depositRails),
    phone: phone.optional(),
    bankCode: bankCode.optional(),
  },
  page: depositPage,
  handle: async ({ tx, scope, body, deps }) => {
    const { clientId, entityId } = clientOf(scope);
    const { id } = await requestDepositByPolicy(
      tx,
      {
        clientId,
        entityId,
        amount: moneyOf(body.amount, body.currency),
        rail: body.method,
        payer: { phone: body.phone, bankCode: body.bankCode },
      },
      deps.providers,
    ).catch(toFields);
    return { to: `/client/deposits/${id}` };
  },
});

/** The form has the payer's words as fields of their own. */
function toFields(error: unknown): never {
  if (!(error instanceof Problem) || error.errors.length === 0) throw error;
  const errors = error.errors.map(({ pointer, detail }) => ({
    pointer: pointer.replace('/body/payer/', '/body/'),
    detail,
  }));
  const { status, code, detail, extra } = error;
  throw new Problem({ status, code, detail, errors, extra });
}

/** Where the payer's browser comes back to from the provider (`returnUrl`). */
const deposit = definePage({
  path: '/client/deposits/:id',
  auth: { client: true },
  params: { id: idOf('deposit') },
  query: liveQuery,
  handle: async ({ tx, params, query }) => {
    const found = await readDeposit(tx, params.id);
    const seen = await seenOfDeposit(tx, found);
    const todo = whatToPay(found, await nextActionOf(tx, found), seen);
    return follow(
      {
        view: 'client/deposit',
        title: 'Deposit',
        data: {
          deposit: found,
          method: railInWords(found.rail, found.currency),
          ...todo,
          refunded:
            found.refundedMinor > 0n
              ? { amountMinor: found.refundedMinor, currency: found.currency }
              : undefined,
          takenBack: (await chargebacksOf(tx, found.id))
            .filter(({ state }) => state !== 'won')
            .map(({ amountMinor, currency }) => ({ amountMinor, currency })),
          isOver: ['failed', 'returned'].includes(found.state),
        },
      },
      {
        path: `/client/deposits/${found.id}`,
        mark: [found.state, ...(seen ? [seen.amountMinor, seen.confirmations] : [])].join('/'),
        // Whoever sends tokens may take their time: what is seen is worth following from then on.
        since: seen?.lastAt ?? found.createdAt,
        isMoving: found.state === 'requested' || found.state === 'awaiting_payment',
      },
      query.seen,
    );
  },
});

export const depositPages = [depositPage, depositForm, deposit];
