import type { Json } from '../../../db/events';
import { placeInChain, readTransaction } from '../../../db/ledger-readers';
import { idOf } from '../../schemas';
import { definePage } from '../page';
import { actorWords } from './actors';
import { causesOf } from './ledger-cause';

/** One transaction whole: its entries, why it was posted, what it reverses, and its place in the chain of blocks. */
const transactionPage = definePage({
  path: '/staff/ledger/transactions/:id',
  auth: { permission: 'ledger.read' },
  params: { id: idOf('ledgerTransaction') },
  handle: async ({ tx, params }) => {
    const transaction = await readTransaction(tx, params.id);
    const who = await actorWords(tx, [transaction.actor]);
    const causeOf = await causesOf(tx, [transaction]);
    const { order, digest, block } = await placeInChain(tx, transaction.id);
    return {
      view: 'staff/transaction',
      title: 'Ledger transaction',
      data: {
        transaction,
        by: who(transaction.actor),
        because: causeOf(transaction),
        meta: Object.entries(transaction.meta).map(([name, value]) => ({
          name: name.replaceAll(/([A-Z])/g, ' $1').toLowerCase(),
          value: textOf(value),
        })),
        order,
        digest: { whole: digest, short: digest.slice(0, 12) },
        block: block && {
          ...block,
          isAsKept: block.kept === digest,
          hash: { whole: block.hash, short: block.hash.slice(0, 12) },
        },
      },
    };
  },
});

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export const ledgerTransactionPages = [transactionPage];
