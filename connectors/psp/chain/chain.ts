import { exponentOf } from '../../../domain/money';
import type { AddressBook, GivenAddress } from '../../../domain/payments/address-book';
import { refusedBefore, unknown, withoutPayouts, withoutRefunds } from '../answers';
import { notSent } from '../http';
import { WebhookRejected } from '../messages';
import type {
  Capabilities,
  LookUp,
  Payment,
  PaymentCancel,
  PaymentLookUp,
  PaymentOutcome,
  PaymentProvider,
  PaymentRequest,
} from '../port';
import { addressAt, keyIdOf } from './addresses';
import { type ChainSettings } from './client';
import { type Verdict } from './judge';
import { isBehind, readHead, type Block } from './node';
import { lookUpFailed, payingIn, paymentOf, tokenOf, verdictOf } from './payments';
import { watchOf } from './watch';

/** Whole tokens. */
const leastTokens = 1n;
const mostTokens = 1_000_000n;

function capabilitiesOf({ tokens }: ChainSettings): Capabilities {
  const limits = tokens.map(({ currency }) => {
    const whole = 10n ** BigInt(exponentOf(currency));
    return [currency, { minMinor: leastTokens * whole, maxMinor: mostTokens * whole }] as const;
  });
  return {
    rails: ['crypto'],
    operations: {
      payment: { limits: Object.fromEntries(limits), countries: 'any', lookUp: 'reference' },
    },
    keyHours: null,
  };
}

/** What the provider is made of: its node, and the record of the addresses that it gave away. */
interface Chain {
  readonly settings: ChainSettings;
  readonly capabilities: Capabilities;
  readonly book: AddressBook;
}

/**
 * Tokens (ERC-20) paid straight to addresses of the broker's own key, of which the product has the public half alone:
 * it can watch and cannot spend. Nobody sends messages; the chain is read (`watch.ts`). Money leaves by the custodian.
 */
export function createChainProvider(settings: ChainSettings, book: AddressBook): PaymentProvider {
  const chain: Chain = { settings, capabilities: capabilitiesOf(settings), book };
  return {
    name: 'chain',
    capabilities: chain.capabilities,
    createPayment: (request) => createPayment(chain, request),
    cancelPayment: (request) => cancelPayment(chain, request),
    ...withoutRefunds('chain'),
    ...withoutPayouts('chain'),
    lookUpPayment: (request) => lookUpPayment(chain, request),
    verifyWebhook: nobodySends,
    readWebhook: nobodySends,
    watch: watchOf(settings, book),
  };
}

function nobodySends(): never {
  throw new WebhookRejected('bad_signature', 'a chain sends no messages');
}

/**
 * Gives an address away, where the chain can be seen: on one that nobody watches, money would stay unnoticed. Nothing
 * is sent to the chain, so that an address is given once however often this is asked.
 */
async function createPayment(chain: Chain, request: PaymentRequest): Promise<PaymentOutcome> {
  const { settings, capabilities, book } = chain;
  const { operationId, amountMinor, currency, expiresAt } = request;
  const refusal = refusedBefore('chain', capabilities, { operation: 'payment', ...request });
  if (refusal) return refusal;
  const token = tokenOf(settings, currency);
  if (!token) return unknown('the token is not configured');
  const before = await book.find({ operationId });
  if (before) return shown(chain, before, expiresAt);
  const head = await readHead(settings);
  if (head.kind !== 'read') return head;
  if (isBehind(settings, head.value)) return notSent('node_behind', 'the node is behind its chain');
  const { xpub, firstIndex } = settings;
  const given = await book.give({
    ...{ operationId, amountMinor, currency, firstIndex, keyId: keyIdOf(xpub) },
    fromBlock: head.value.number,
    addressAt: (index) => addressAt(xpub, index),
  });
  return shown(chain, given, expiresAt);
}

/** A payer is shown an address only when it is a child of the configured key: a row can be tampered with. */
function shown(
  { settings }: Chain,
  given: GivenAddress,
  expiresAt: Date | undefined,
): PaymentOutcome {
  const token = tokenOf(settings, given.currency);
  if (!token) return unknown('the token is not configured');
  if (given.keyId !== keyIdOf(settings.xpub)) return unknown('the address is of another key');
  if (given.address !== addressAt(settings.xpub, given.index))
    return unknown('the address is not of the key');
  return {
    kind: 'done',
    ...paymentOf(settings, given, { status: 'open', counted: [] }, { token, expiresAt }),
  };
}

async function lookUpPayment(
  chain: Chain,
  { operationId, providerRef, expiresAt }: PaymentLookUp,
): Promise<LookUp<Payment>> {
  const given = await findGiven(chain, { operationId, providerRef });
  if (!given) return { kind: 'absent' };
  const judged = await judgeNow(chain, given);
  return 'status' in judged ? foundAs(chain, given, judged, expiresAt) : judged;
}

/** Nobody can be kept from paying an address; what comes after this is told apart and not credited by itself. */
async function cancelPayment(
  chain: Chain,
  { operationId, providerRef }: PaymentCancel,
): Promise<LookUp<Payment>> {
  const given = await findGiven(chain, { operationId, providerRef });
  if (!given) return { kind: 'absent' };
  const judged = await judgeNow(chain, given);
  if (!('status' in judged)) return judged;
  const { head, status, isPending } = judged;
  if (isBehind(chain.settings, head)) return unknown('the node is behind its chain');
  if (status === 'succeeded' || status === 'cancelled' || isPending)
    return foundAs(chain, given, judged);
  const closed = await chain.book.close(given.operationId, head.number);
  if (!closed) return unknown('the payment cannot be closed');
  const after = await judgeNow(chain, closed);
  return 'status' in after ? foundAs(chain, closed, after) : after;
}

function findGiven(
  { book }: Chain,
  {
    operationId,
    providerRef,
  }: { operationId?: string | undefined; providerRef?: string | undefined },
): Promise<GivenAddress | undefined> {
  if (operationId !== undefined && operationId !== '') return book.find({ operationId });
  return providerRef === undefined
    ? Promise.resolve(undefined)
    : book.find({ address: providerRef });
}

/** What the whole chain since the address was given away says of it. */
async function judgeNow({ settings }: Chain, given: GivenAddress) {
  const token = tokenOf(settings, given.currency);
  if (!token) return unknown('the token is not configured');
  const head = await readHead(settings);
  if (head.kind !== 'read') return lookUpFailed(head);
  const { address, fromBlock } = given;
  const range = { address, contract: token.contract, from: fromBlock, to: head.value.number };
  const paying = await payingIn(settings, range);
  if (paying.kind !== 'read') return lookUpFailed(paying);
  const facts = { token, head: head.value, paying: paying.value };
  return { ...verdictOf(settings, given, facts), head: head.value satisfies Block };
}

function foundAs(
  { settings }: Chain,
  given: GivenAddress,
  verdict: Verdict,
  expiresAt?: Date,
): LookUp<Payment> {
  const token = tokenOf(settings, given.currency);
  if (!token) return unknown('the token is not configured');
  return { kind: 'found', ...paymentOf(settings, given, verdict, { token, expiresAt }) };
}
