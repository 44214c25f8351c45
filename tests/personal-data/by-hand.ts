import { text } from '../../cli/demo/http';
import { wallet } from '../../domain/ledger/account';
import type { Applicant } from './applicants';
import type { Colleague } from './colleagues';
import type { House } from './house';

/** For tests only: money of a client that colleagues move by hand, with words, through the API and on pages. */
export async function moveByHand(
  house: House,
  [one, other]: readonly [Colleague, Colleague],
  who: Applicant,
): Promise<void> {
  const { api, markers } = house;
  const words = (what: string) => `${markers.word(`by hand: ${what}`)} wants it`;
  const account = wallet({ entityId: 'cy', clientId: who.clientId, currency: 'EUR' }).id;
  const fee = await api.must('POST', '/api/v1/corrections', {
    token: one.token,
    body: {
      ...{ kind: 'fee', account, direction: 'debit', reasonCode: 'OTHER' },
      ...{ amount: { amount: '0.01', currency: 'EUR' }, reason: words('fee') },
    },
  });
  const back = await api.must('POST', '/api/v1/ledger/transactions/{id}/reversal', {
    token: one.token,
    params: { id: text(fee, 'transactionId') },
    body: { reasonCode: 'OTHER', reason: words('waiver') },
  });
  await api.must('PATCH', '/api/v1/corrections/{id}', {
    token: other.token,
    params: { id: text(back, 'id') },
    headers: { 'if-match': '"1"' },
    body: { reason: words('waiver changed') },
  });
  const address = await one.visitor.submit('/staff/corrections/new', {
    fields: {
      ...{ account, kind: 'correction', direction: 'credit', amount: '0.02', currency: 'EUR' },
      ...{ reasonCode: 'GOODWILL', reason: words('correction on a page') },
    },
  });
  await other.visitor.submit('/staff/corrections/:id', {
    params: { id: address.split('/').at(-1) ?? '' },
    fields: {
      ...{ version: '1', direction: 'credit', amount: '0.03', currency: 'EUR' },
      ...{ reasonCode: 'GOODWILL', reason: words('correction changed on a page') },
    },
  });
}
