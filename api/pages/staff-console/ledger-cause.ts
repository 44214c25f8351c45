import type { Tx } from '../../../db/connection';
import { settlementsOfPayouts } from '../../../db/settlement/payouts';
import { pageOfId, shortId } from '../template-words';

/** What a transaction was posted for, in words, and the page of it where there is one. */
export interface Cause {
  readonly words: string;
  readonly href: string | undefined;
}

interface Caused {
  readonly key: string;
  readonly cause: string;
}

const words: Readonly<Record<string, string>> = {
  dep: 'deposit',
  wd: 'withdrawal',
  tr: 'transfer',
  fx: 'exchange',
  rf: 'refund',
  cb: 'chargeback',
  po: 'partner payout',
  bon: 'bonus',
  acc: 'account',
};

/** Says what each transaction is for; the settlements of partners' payouts are read once for all. */
export async function causesOf(tx: Tx, found: readonly Caused[]): Promise<(of: Caused) => Cause> {
  const payouts = [...new Set(found.map(({ cause }) => cause))].filter((id) =>
    id.startsWith('po_'),
  );
  const settlements = await settlementsOfPayouts(tx, payouts);
  return ({ key, cause }) => {
    const deal = dealOf(key);
    if (deal !== undefined && cause.startsWith('acc_'))
      return { words: `deal ${deal.ticket} on ${deal.server}`, href: pageOfId(cause) };
    const href = pageOfId(settlements.get(cause) ?? cause);
    const kind = words[cause.split('_')[0] ?? ''];
    return { words: kind === undefined ? shortId(cause) : `${kind} ${shortId(cause)}`, href };
  };
}

/** Postings of deals are keyed `deal/<server>/<ticket>`, with a revision where the server edited it. */
function dealOf(key: string): { readonly server: string; readonly ticket: string } | undefined {
  const [, server, ticket] = /^deal\/([^/]+)\/([^/]+)/.exec(key) ?? [];
  return server === undefined || ticket === undefined ? undefined : { server, ticket };
}
