import { type Change } from '../../journal/journal';
import { announce, type Psp } from '../psp';
import { seconds, wireId } from './objects';

export const apiVersion = '2026-10-28.endive';

/** The rows of a card event about the object as it is now. */
export function cardEvent(
  psp: Psp,
  type: string,
  object: unknown,
  created = seconds(Date.now()),
): Change[] {
  const id = wireId('evt');
  return announce(psp, {
    side: 'stripe',
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
