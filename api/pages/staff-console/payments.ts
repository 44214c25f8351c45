import { paymentRails, rails } from '../../../domain/payments/rails';
import { may, type Scope } from '../../../domain/access/scope';
import { keysOf } from '../../../domain/record';
import { namesOfClients } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { listEntities } from '../../../db/entities';
import {
  listPayments,
  paymentKinds,
  paymentStates,
  sumPayments,
  summedMax,
  type ListedPayment,
} from '../../../db/payments';
import { paymentFilterOf, paymentQuery, type PaymentQuery } from '../../payment-query';
import { definePage } from '../page';
import { address, afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';
import { savedFilterData } from './saved-filters';

const path = '/staff/payments';

const paymentsPage = definePage({
  path,
  auth: { permission: 'payment.read' },
  query: { ...paymentQuery, cursor: cursorQuery },
  handle: async ({ tx, scope, query }) => {
    const { cursor, ...given } = query;
    const filter = paymentFilterOf(given);
    const found = await listPayments(tx, {
      ...filter,
      ...afterOf(cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: (payment) => payment.id });
    const filters = await filterData(tx, given);
    // Of everything there is, a sum says little and takes long.
    const { totals, tooMany } = filters.isFiltered
      ? await sumPayments(tx, filter)
      : { totals: [], tooMany: [] };
    return {
      view: 'staff/payments',
      title: 'Payments',
      data: {
        payments: await shown(tx, scope, rows),
        next,
        totals,
        tooMany: tooMany.map((kind) => ({ kind, summedMax })),
        saved: await savedFilterData(tx, 'payments', given),
        ...filters,
        csv: may(scope, 'payment.export') ? address('/api/v1/payments.csv', given) : undefined,
      },
    };
  },
});

async function shown(tx: Tx, scope: Scope, payments: readonly ListedPayment[]) {
  const names = may(scope, 'client.personal')
    ? await namesOfClients(
        tx,
        payments.map((payment) => payment.clientId),
      )
    : new Map<string, string>();
  return payments.map((payment) => ({
    ...payment,
    name: names.get(payment.clientId),
    way: wayOf(payment),
    reference: payment.references.join(', '),
    isOver:
      payment.endedAt === null && (payment.state === 'failed' || payment.state === 'returned'),
  }));
}

function wayOf({ kind, direction, purpose, into, providers, rails: by }: ListedPayment): string {
  const words = (list: readonly string[]) => list.join(' and ').replaceAll('_', ' ');
  if (into !== null) return `wallet to wallet, into ${into}`;
  if (kind === 'transfer') {
    const way = direction === 'to_account' ? 'wallet to account' : 'account to wallet';
    return purpose === 'client' || purpose === null ? way : `${way}, ${words([purpose])}`;
  }
  if (providers.length === 0) return 'not planned yet';
  return `${kind === 'deposit' ? 'by' : 'to'} ${words(by)}, ${words(providers)}`;
}

/** Filters that are typed or chosen in the form, in its order; the rest are chips. */
const formFields = {
  currency: 'currency',
  amountFrom: 'at least',
  amountTo: 'at most',
  from: 'from',
  to: 'to',
  times: 'times of',
  provider: 'provider',
  rail: 'way of paying',
  clientId: 'client',
  reference: 'reference',
} as const satisfies Partial<Record<keyof PaymentQuery, string>>;

async function filterData(tx: Tx, query: PaymentQuery) {
  const chips = (name: string, all: string, options: Parameters<typeof chipsOf>[2]['options']) =>
    chipsOf(path, query, { name, all, options });
  const states = query.kind
    ? paymentStates[query.kind]
    : [...new Set(keysOf(paymentStates).flatMap((kind) => [...paymentStates[kind]]))];
  const option = (value: string) => ({ value, label: value.replaceAll('_', ' ') });
  const used = keysOf(formFields).filter((name) => query[name] !== undefined);
  return {
    query,
    kinds: chipsOf(
      path,
      { ...query, state: undefined },
      {
        name: 'kind',
        all: 'Every kind',
        options: paymentKinds.map((kind) => ({ value: kind, label: `${kind}s` })),
      },
    ),
    needs: chips('needsPerson', 'Waiting or not', [{ value: 'yes', label: 'needs a person' }]),
    states: chips('state', 'Every state', states),
    entities: chips(
      'entityId',
      'Every entity',
      (await listEntities(tx)).map(({ id, name }) => ({ value: id, label: name })),
    ),
    isFormOpen: used.length > 0,
    typed: used.map((name) => ({
      name: formFields[name],
      value: String(query[name]),
      // An amount means nothing without its currency.
      without: address(path, {
        ...query,
        [name]: undefined,
        ...(name === 'currency' ? { amountFrom: undefined, amountTo: undefined } : {}),
      }),
    })),
    kept: (['kind', 'state', 'entityId', 'needsPerson', 'clientId'] as const).flatMap((name) =>
      query[name] === undefined ? [] : [{ name, value: query[name] }],
    ),
    providers: paymentRails.map(option),
    rails: rails.map(option),
    isFiltered: Object.values(query).some((value) => value !== undefined),
  };
}

export const paymentsPages = [paymentsPage];
