import { z } from 'zod';
import type { Tx } from '../../db/connection';
import type { PaymentFilter } from '../../db/payment-lists';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute, type Route } from '../route';
import { idOf } from '../schemas';

/** A kind of payment as its client and the staff read it. */
interface PaymentReads<P extends { readonly id: string }, A extends z.ZodObject> {
  readonly kind: 'deposit' | 'transfer' | 'withdrawal';
  /** As operations and tags name it. */
  readonly name: 'Deposit' | 'Transfer' | 'Withdrawal';
  readonly states: readonly [string, ...string[]];
  readonly answer: A;
  readonly example: z.input<A>;
  readonly list: (tx: Tx, filter: PaymentFilter) => Promise<P[]>;
  readonly show: (payment: P) => z.input<A>;
  readonly readSummary: string;
  /** One payment whole; it may say more than its line in the list. */
  readonly read: (tx: Tx, id: string) => Promise<z.input<A>>;
}

const reader = { any: [{ client: true }, { permission: 'payment.read' }] } as const;

/** The list and the single read of a kind of payment, the same for its client and the staff. */
export function definePaymentReads<P extends { readonly id: string }, A extends z.ZodObject>(
  reads: PaymentReads<P, A>,
): Route[] {
  const { kind, name, answer, example, show } = reads;
  return [
    defineRoute({
      method: 'GET',
      path: `/api/v1/${kind}s`,
      operationId: `list${name}s`,
      summary: `List ${kind}s, the newest first`,
      tags: [`${name}s`],
      auth: reader,
      query: {
        ...pageQuery,
        state: z.enum(reads.states).optional(),
        clientId: idOf('client').optional(),
      },
      responses: { 200: pageOf(answer) },
      example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
      handle: async ({ tx, query }) => {
        const found = await reads.list(tx, {
          ...(query.clientId ? { clientId: query.clientId } : {}),
          ...(query.state ? { state: query.state } : {}),
          ...after(query.cursor),
          limit: query.limit + 1,
        });
        return {
          status: 200,
          body: pageFrom(found, query.limit, { after: ({ id }) => id, show }),
        };
      },
    }),
    defineRoute({
      method: 'GET',
      path: `/api/v1/${kind}s/:id`,
      operationId: `read${name}`,
      summary: reads.readSummary,
      tags: [`${name}s`],
      auth: reader,
      params: { id: idOf(kind) },
      responses: { 200: answer },
      example: { answer: { status: 200, body: example } },
      handle: async ({ tx, params }) => ({ status: 200, body: await reads.read(tx, params.id) }),
    }),
  ];
}
