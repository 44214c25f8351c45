import type { AddressBook, GivenAddress } from '../../../domain/payments/address-book';
import { unknown } from '../answers';
import type { PaymentStray, ProviderEvent, SeenTransfer } from '../messages';
import type {
  KnownOfPayment,
  PaymentWatch,
  Refused,
  Unknown,
  WatchedMessage,
  WatchedPayment,
  WatchFrom,
  WatchLook,
  WatchReading,
  WatchTouch,
} from '../port';
import { type ChainSettings, type TokenSettings } from './client';
import { minorOfUnits, sumOf, type Paying, type Verdict } from './judge';
import { coinAt, inOrder, readHead, transfersIn, type Block, type Transfer } from './node';
import { tokenOf, verdictOf, withTimes } from './payments';

/** Confirmed blocks that are looked at again, in depths of a confirmation: a reorganisation may be deeper than policy. */
const depths = 4;
/** Addresses that a node is asked for by name at once. */
const namesAtOnce = 500;
/** Blocks of one reading; the rest follows in the next. */
const readAtOnce = 5_000;

const againSettling = 30;
const againOpen = 300;

/** Reads the chain as nobody tells of it. */
export function watchOf(settings: ChainSettings, book: AddressBook): PaymentWatch {
  return {
    everySeconds: settings.pollSeconds,
    readOn: (from) => readOn(settings, from),
    look: (payment) => look(settings, book, payment),
  };
}

/** The last blocks are read every time, since they may be made anew with other transactions. */
function overlapOf({ confirmations }: ChainSettings): number {
  return confirmations * depths;
}

async function readOn(
  settings: ChainSettings,
  { position, open, all }: WatchFrom,
): Promise<WatchReading | Refused | Unknown> {
  const head = await readHead(settings);
  if (head.kind !== 'read') return head;
  const end = head.value.number;
  if (position === null)
    return { kind: 'read', position: end, caughtUp: true, hasMore: false, touches: [] };
  // A node that lags behind what was read before has nothing to say, and the position does not go back.
  const from = Math.max(0, Math.min(position, end) + 1 - overlapOf(settings));
  const to = Math.min(end, from + readAtOnce - 1);
  const contracts = settings.tokens.map(({ contract }) => contract);
  const asked = [
    { from, to, contracts, ...(all === undefined ? {} : { recipients: all }) },
    ...chunksOf(open).map((recipients) => ({ from, to, recipients })),
  ].filter(({ recipients }) => recipients === undefined || recipients.length > 0);
  const touches = new Map<string, WatchTouch>();
  for (const wanted of asked) {
    const found = await transfersIn(settings, wanted);
    if (found.kind !== 'read') return found;
    for (const { to: address, blockNumber, id, contract, blockHash } of found.value) {
      const mark = `${contract}/${id}/${blockHash}`;
      touches.set(mark, { address, position: blockNumber, mark });
    }
  }
  return {
    kind: 'read',
    position: Math.max(position, to),
    caughtUp: to === end && end >= position,
    hasMore: to < end,
    touches: [...touches.values()],
  };
}

function chunksOf(addresses: readonly string[]): string[][] {
  const count = Math.ceil(addresses.length / namesAtOnce);
  return Array.from({ length: count }, (_, at) =>
    addresses.slice(at * namesAtOnce, (at + 1) * namesAtOnce),
  );
}

async function look(
  settings: ChainSettings,
  book: AddressBook,
  payment: WatchedPayment,
): Promise<WatchLook | Refused | Unknown> {
  const given = await book.find({ operationId: payment.operationId });
  const token = given && tokenOf(settings, given.currency);
  if (!given || !token)
    return unknown('the payment has no address, or its token is not configured');
  const head = await readHead(settings);
  if (head.kind !== 'read') return head;
  const from = firstBlock(settings, given, head.value, payment.unreadFrom);
  const to = head.value.number;
  if (to < from) return unknown('the node is behind its chain');
  const all = await transfersIn(settings, { from, to, recipients: [given.address] });
  if (all.kind !== 'read') return all;
  const isAsked = ({ contract }: Transfer) => contract === token.contract.toLowerCase();
  const found = await withTimes(settings, all.value.filter(isAsked));
  if (found.kind !== 'read') return found;
  const strays = all.value.filter((transfer) => !isAsked(transfer));
  const coin = await coinAt(settings, given.address, head.value);
  if (coin.kind !== 'read') return coin;

  const onChain = [...earlier(payment.known, from, found.value), ...found.value];
  const facts = { token, head: head.value, paying: onChain };
  const verdict = verdictOf(settings, given, facts);
  const teller: Teller = { settings, given, token, known: payment.known };
  // Whoever sweeps a paid address has to send it coin for the fee.
  const isStray = coin.value > 0n && verdict.status !== 'succeeded';
  const messages = [
    ...found.value.map((transfer) => seen(teller, transfer)),
    ...dropped(teller, { from, to, onChain }),
    ...paid(teller, verdict),
    ...strays.map((transfer) => strayToken(teller, transfer, head.value)),
    ...(isStray ? [strayCoin(teller, coin.value, head.value)] : []),
  ].filter(({ message }) => !payment.known.eventIds.has(message.eventId));
  return {
    ...{ kind: 'looked', messages, position: to },
    againSeconds: againIn(settings, given, { verdict, onChain, head: head.value }),
  };
}

/** What nobody has looked at, and what may still be made anew. */
function firstBlock(
  settings: ChainSettings,
  { fromBlock }: GivenAddress,
  head: Block,
  unreadFrom: number,
): number {
  const recent = head.number + 1 - overlapOf(settings);
  return Math.max(fromBlock, Math.min(unreadFrom, recent));
}

/** What was seen in blocks too deep to be read again stands as it was seen last. */
function earlier(
  { seen, eventIds }: KnownOfPayment,
  from: number,
  found: readonly Paying[],
): Paying[] {
  const again = new Set(found.map(({ id }) => id));
  const standing = seen
    .filter(({ id, blockNumber }) => blockNumber < from && !again.has(id))
    .filter(({ id, blockHash }) => !eventIds.has(`dropped/${id}/${blockHash}`))
    .sort(inOrder);
  const byId = new Map(standing.map((transfer) => [transfer.id, transfer]));
  return [...byId.values()].map(({ units, ...rest }) => ({
    ...rest,
    units: BigInt(units),
  }));
}

interface Teller {
  readonly settings: ChainSettings;
  readonly given: GivenAddress;
  readonly token: TokenSettings;
  readonly known: KnownOfPayment;
}

function seen({ given, token }: Teller, transfer: Paying): WatchedMessage {
  const { id, units, blockNumber, blockHash, blockTime, logIndex } = transfer;
  return told(transfer, {
    ...{ type: 'payment_seen', provider: 'chain', eventId: `seen/${id}/${blockHash}` },
    ...{ occurredAt: timeOf(transfer), operationId: given.operationId, providerRef: id },
    ...{ amountMinor: minorOfUnits(units, token), currency: given.currency },
    transfer: { id, units: units.toString(), blockNumber, blockHash, blockTime, logIndex },
  });
}

/** What was seen in blocks that were read again and is in none of them. */
function dropped(
  { given, token, known }: Teller,
  { from, to, onChain }: { from: number; to: number; onChain: readonly Paying[] },
): WatchedMessage[] {
  const there = new Set(onChain.map(({ id }) => id));
  return known.seen
    .filter(({ id, blockNumber }) => from <= blockNumber && blockNumber <= to && !there.has(id))
    .map((transfer: SeenTransfer) => {
      const { id, units, blockHash, blockTime } = transfer;
      return told(transfer, {
        ...{ type: 'payment_dropped', provider: 'chain', eventId: `dropped/${id}/${blockHash}` },
        ...{ occurredAt: new Date(blockTime * 1_000), operationId: given.operationId },
        ...{ providerRef: id, amountMinor: minorOfUnits(BigInt(units), token) },
        ...{ currency: given.currency, wasPaid: known.paidRefs.has(id) },
      });
    });
}

/** The payment when it is whole, and what is no part of it. */
function paid(teller: Teller, { status, counted, extra }: Verdict): WatchedMessage[] {
  const last = counted.at(-1);
  const main = status === 'succeeded' && last ? [{ last, parts: counted }] : [];
  return [...main, ...extra.map((one) => ({ last: one, parts: [one] }))]
    .filter(({ last: { id } }) => !teller.known.paidRefs.has(id))
    .map(({ last: closing, parts }, at) => {
      const { given, token } = teller;
      return told(closing, {
        ...{ type: 'payment_succeeded', provider: 'chain' },
        eventId: `paid/${closing.id}/${closing.blockHash}`,
        // Of several in one block the payment itself is the first.
        occurredAt: new Date(timeOf(closing).getTime() + Math.min(at, 999)),
        ...{ operationId: given.operationId, providerRef: closing.id, currency: given.currency },
        amountMinor: minorOfUnits(sumOf(parts), token),
      });
    });
}

function strayToken(teller: Teller, transfer: Transfer, head: Block): WatchedMessage {
  const { contract, id, units, blockHash } = transfer;
  const token = teller.settings.tokens.find((one) => one.contract.toLowerCase() === contract);
  // Anybody can make a token and send it: of all that nobody has configured one is told.
  const name = token ? contract : 'unknown token';
  return stray(teller, 'WRONG_TOKEN', head, {
    eventId: token ? `stray/${contract}/${id}/${blockHash}` : `stray/${teller.given.address}`,
    providerRef: `${teller.given.address}/${name}`,
    amountMinor: token ? minorOfUnits(units, token) : units,
    currency: token?.currency ?? contract,
    body: transfer,
  });
}

function strayCoin(teller: Teller, units: bigint, head: Block): WatchedMessage {
  const { coin } = teller.settings;
  return stray(teller, 'WRONG_COIN', head, {
    eventId: `stray-coin/${teller.given.address}`,
    ...{ providerRef: `${teller.given.address}/${coin}`, amountMinor: units, currency: coin },
    body: { coin, units },
  });
}

function stray(
  { given }: Teller,
  code: PaymentStray['code'],
  head: Block,
  {
    body,
    ...facts
  }: Pick<PaymentStray, 'eventId' | 'providerRef' | 'amountMinor' | 'currency'> & {
    body: object;
  },
): WatchedMessage {
  return told(body, {
    ...{ type: 'payment_stray', provider: 'chain', code, operationId: given.operationId },
    ...{ occurredAt: new Date(head.timestamp * 1_000), ...facts },
  });
}

function told(of: object, message: ProviderEvent): WatchedMessage {
  const body = JSON.stringify(of, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return { message, body };
}

function timeOf({ blockTime }: Paying): Date {
  return new Date(blockTime * 1_000);
}

function againIn(
  settings: ChainSettings,
  { closedBlock }: GivenAddress,
  { verdict, onChain, head }: { verdict: Verdict; onChain: readonly Paying[]; head: Block },
): number | null {
  if (verdict.isPending || verdict.status === 'processing') return settings.pollSeconds;
  const isSettling = onChain.some(
    ({ blockNumber }) => head.number - blockNumber < overlapOf(settings),
  );
  if (isSettling) return againSettling;
  return verdict.status === 'open' && closedBlock === null ? againOpen : null;
}
