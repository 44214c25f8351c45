import { type Change } from '../../journal/journal';
import { announce, type Psp } from '../psp';
import { ownerOf } from './accounts';
import { seconds, wireId } from './objects';

export const apiVersion = '2026-10-28.endive';

function intentIdOf(object: EventObject): string {
  return 'payment_intent' in object ? object.payment_intent : object.id;
}

/** What an event is about: a payment, or something that knows its own. */
type EventObject =
  | { readonly id: string; readonly object: 'payment_intent' }
  | { readonly id: string; readonly payment_intent: string };

/** The rows of a card event about the object as it is now. */
export function cardEvent(
  psp: Psp,
  type: string,
  object: EventObject,
  created = seconds(Date.now()),
): Change[] {
  const id = wireId('evt');
  return announce(psp, {
    side: ownerOf(psp, intentIdOf(object)),
    id,
    type,
    body: {
      id,
      object: 'event',
      api_version: apiVersion,
      created,
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    },
  });
}
