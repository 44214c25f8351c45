import { z } from 'zod';
import { exponentOf, isCurrency } from '../../../domain/money';
import { refusedBy, unknown } from '../answers';
import { parseJson, sendOnce } from '../http';
import { type Refused, type Unknown } from '../port';
import { isWatchOnlyKey } from './addresses';

const tokenSettings = z
  .strictObject({
    currency: z.string().refine(isCurrency, 'must be a currency that books are kept in'),
    contract: z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'must be the address of a contract'),
    /** As the contract counts: 6 of USDT on Ethereum, 18 on BNB Smart Chain. */
    decimals: z.number().int().min(0).max(36),
  })
  .refine(
    ({ currency, decimals }) => !isCurrency(currency) || decimals >= exponentOf(currency),
    'the contract counts coarser than the books',
  );
export type TokenSettings = z.output<typeof tokenSettings>;

export const chainSettings = z
  .strictObject({
    name: z.literal('chain'),
    rpcUrl: z.string().regex(/^https?:\/\//, 'must be an http(s) address'),
    /** As the payer is told it: `ethereum`. */
    chain: z.string().min(1),
    chainId: z.number().int().min(1),
    /** What fees are paid in, and may be sent by mistake. */
    coin: z.string().min(1).default('ETH'),
    /** BIP-32: addresses are its children; whoever has its private key sweeps them. */
    xpub: z.string().refine(isWatchOnlyKey, 'must be an extended public key (xpub)'),
    /** No address below this index is given away: raised when the record was restored from an old copy. */
    firstIndex: z.number().int().min(0).default(0),
    tokens: z.array(tokenSettings).min(1).max(20),
    /** A transfer counts when its block and those built on it are so many. */
    confirmations: z.number().int().min(1).max(1_000).default(12),
    /** How long a payer who sent too little may send the rest, counted from their last transfer. */
    topUpSeconds: z.number().int().min(0).default(3_600),
    /** A node whose last block is older is behind, and its word that nobody has paid is not taken. */
    staleSeconds: z.number().int().min(1).default(900),
    /** Blocks that the node answers logs of at once. */
    rangeMax: z.number().int().min(1).max(100_000).default(2_000),
    /** How often the chain is read: about as often as it has blocks, and as the node's contract allows. */
    pollSeconds: z.number().min(0.2).max(600).default(5),
    timeoutMs: z.number().int().min(100).exactOptional(),
  })
  .refine(
    ({ tokens }) =>
      new Set(tokens.map(({ currency }) => currency)).size === tokens.length &&
      new Set(tokens.map(({ contract }) => contract.toLowerCase())).size === tokens.length,
    'two tokens are the same',
  );
export type ChainSettings = z.output<typeof chainSettings>;

/** One question to the node. */
export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

const answerSchema = z.object({
  id: z.number().int(),
  result: z.unknown(),
  error: z.object({ code: z.number() }).optional(),
});

/** `error`: the node understood and did not do it; of a range of blocks, mostly because it is too long. */
export type RpcReply =
  | { readonly kind: 'read'; readonly results: readonly unknown[] }
  | { readonly kind: 'error'; readonly code: number }
  | Refused
  | Unknown;

/**
 * Asks the node everything in one request, so that, as a rule, one and the same machine behind its address answers all
 * of it. Nothing that is asked here changes the chain.
 */
export async function askNode(
  settings: ChainSettings,
  calls: readonly RpcCall[],
): Promise<RpcReply> {
  const body = calls.map(({ method, params }, id) => ({ jsonrpc: '2.0', id, method, params }));
  const reply = await sendOnce('chain', {
    method: 'POST',
    url: new URL(settings.rpcUrl),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    timeoutMs: settings.timeoutMs ?? 20_000,
  });
  if (reply.kind !== 'answered') return reply;
  if (reply.status >= 400) return refusedBy('chain', `status_${reply.status}`);
  const parsed = z.array(answerSchema).safeParse(parseJson(reply.text));
  if (!parsed.success) return unknown('the answer cannot be read');
  const byId = new Map(parsed.data.map((answer) => [answer.id, answer]));
  const results: unknown[] = [];
  for (const id of calls.keys()) {
    const answer = byId.get(id);
    if (!answer) return unknown('an answer is missing');
    if (answer.error) return { kind: 'error', code: answer.error.code };
    results.push(answer.result);
  }
  return { kind: 'read', results };
}
