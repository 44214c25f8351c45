import { z } from 'zod';
import { parseAmount } from '../../../domain/money';
import { depositRails } from '../../../domain/payments/rails';
import { evaluate } from '../../../domain/policy/evaluate';
import type { CompiledPolicy } from '../../../domain/policy/compile';
import { chargebacksOf } from '../../../db/chargebacks';
import { readClientFacts } from '../../../db/client-facts';
import { readClient, type Client } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { readDeposit } from '../../../db/deposits';
import { requestDepositByPolicy } from '../../../db/deposit-requests';
import { readEntity } from '../../../db/entities';
import { effectivePolicy } from '../../../db/policies';
import { clientOf } from '../../routes/client-scope';
import { idOf } from '../../schemas';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { amount, currencyField, moneyOf } from './amount';
import { depositWords } from './words';

/** Ways to pay in, with what each costs and how long it takes. */
export const methods = [
  {
    value: 'card',
    label: 'Card',
    cost: 'Free',
    arrival: 'Usually within a minute',
    note: 'Visa and Mastercard in your own name.',
  },
] as const;

const method = z.enum(depositRails);

const depositPage = definePage({
  path: '/client/cashier/deposit',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { clientId, entityId } = clientOf(scope);
    const client = await readClient(tx, clientId);
    const entity = await readEntity(tx, entityId);
    const { compiled } = await effectivePolicy(tx, 'deposit', { entityId });
    const { parameters } = compiled.effective;
    const { referenceCurrency: currency } = parameters;
    const inReference = (text: string) => ({ amountMinor: parseAmount(text, currency), currency });
    return {
      view: 'client/deposit-form',
      title: 'Deposit',
      data: {
        methods,
        currency: client.currency,
        currencies: entity.currencies.map((value) => ({ value, label: value })),
        smallest: `At least ${parameters.depositMin} ${currency}.`,
        isVerified: client.approvedAt !== null,
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
  body: { amount, currency: currencyField, method },
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
      },
      deps.providers,
    );
    return { to: `/client/deposits/${id}` };
  },
});

/** Where the payer's browser comes back to from the provider (`returnUrl`). */
const deposit = definePage({
  path: '/client/deposits/:id',
  auth: { client: true },
  params: { id: idOf('deposit') },
  query: liveQuery,
  handle: async ({ tx, params, query }) => {
    const found = await readDeposit(tx, params.id);
    return follow(
      {
        view: 'client/deposit',
        title: 'Deposit',
        data: {
          deposit: found,
          status: depositWords(found),
          method: methods.find(({ value }) => value === found.rail)?.label ?? found.rail,
          payUrl: found.state === 'awaiting_payment' ? found.checkoutUrl : undefined,
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
        mark: found.state,
        since: found.createdAt,
        isMoving: found.state === 'requested' || found.state === 'awaiting_payment',
      },
      query.seen,
    );
  },
});

export const depositPages = [depositPage, depositForm, deposit];
