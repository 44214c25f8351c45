import { z } from 'zod';
import { notSent } from '../http';
import { refusedBy, unknown } from '../answers';
import { type Refused, type Unknown } from '../port';
import { askNode, type ChainSettings, type RpcCall, type RpcReply } from './client';

/** What is read of an Ethereum node, and how its silence is told from its word. */

/** keccak-256 of `Transfer(address,address,uint256)`, ERC-20's event. */
const transferTopic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';

const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform((text) => BigInt(text));
const blockNumber = quantity.transform(Number).refine(Number.isSafeInteger);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/);

const blockSchema = z.object({ number: blockNumber, hash, timestamp: blockNumber });

const logSchema = z.object({
  address: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  topics: z.array(hash).max(4),
  data: z.string().regex(/^0x([0-9a-fA-F]{2})*$/),
  blockNumber,
  blockHash: hash,
  transactionHash: hash,
  logIndex: blockNumber,
});

export interface Block {
  readonly number: number;
  readonly hash: string;
  /** Seconds since 1970, as the chain counts. */
  readonly timestamp: number;
}

/** Tokens that a transaction has moved to an address, as a block has it. */
export interface Transfer {
  /**
   * The transaction, part of the address, and a number when the transaction pays it several times. The index of the log
   * is not in it: that changes when a reorganisation puts the transaction into another block.
   */
  readonly id: string;
  readonly contract: string;
  readonly from: string;
  readonly to: string;
  /** As the contract counts. */
  readonly units: bigint;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly logIndex: number;
}

export type NodeAnswer<T> = { readonly kind: 'read'; readonly value: T } | Refused | Unknown;

const latest: RpcCall = { method: 'eth_getBlockByNumber', params: ['latest', false] };
const chainId: RpcCall = { method: 'eth_chainId', params: [] };

/** The last block of the chain. Another chain than the configured one is refused: its tokens are other money. */
export async function readHead(settings: ChainSettings): Promise<NodeAnswer<Block>> {
  const reply = await askNode(settings, [chainId, latest]);
  if (reply.kind !== 'read') return failure(reply);
  const [id, head] = reply.results;
  const read = z.tuple([blockNumber, blockSchema]).safeParse([id, head]);
  if (!read.success) return unknown('the answer cannot be read');
  const [of, block] = read.data;
  return of === settings.chainId
    ? { kind: 'read', value: block }
    : notSent('wrong_chain', `the node is of chain ${of}`);
}

/** Whether the node may lack what has happened lately: then its word that nothing has is worth nothing. */
export function isBehind({ staleSeconds }: ChainSettings, head: Block, now = Date.now()): boolean {
  return now / 1_000 - head.timestamp > staleSeconds;
}

export interface Wanted {
  /** Both included. */
  readonly from: number;
  readonly to: number;
  /** Of these contracts; of any without. */
  readonly contracts?: readonly string[];
  /** To these addresses; to any without. */
  readonly recipients?: readonly string[];
}

/**
 * Transfers in the blocks, in the chain's order. A range that the node finds too long is asked in halves. A node that
 * lacks the last of the blocks answers with what it has and says nothing of the rest: that is unknown, not nothing.
 */
export async function transfersIn(
  settings: ChainSettings,
  wanted: Wanted,
): Promise<NodeAnswer<readonly Transfer[]>> {
  const found: Transfer[] = [];
  let from = wanted.from;
  let width = settings.rangeMax;
  while (from <= wanted.to) {
    const to = Math.min(wanted.to, from + width - 1);
    const reply = await askNode(settings, [
      { method: 'eth_getBlockByNumber', params: [hex(to), false] },
      { method: 'eth_getLogs', params: [filterOf({ ...wanted, from, to })] },
    ]);
    if (reply.kind === 'error' && to > from) {
      width = Math.max(1, Math.floor((to - from + 1) / 2));
      continue;
    }
    if (reply.kind !== 'read') return failure(reply);
    const [end, logs] = reply.results;
    if (!blockSchema.safeParse(end).success) return unknown('the node lacks a block');
    const read = z.array(logSchema).safeParse(logs);
    if (!read.success) return unknown('the logs cannot be read');
    found.push(...transfersOf(read.data));
    from = to + 1;
  }
  return { kind: 'read', value: found.sort(inOrder) };
}

/** When the blocks were made, by their numbers. */
export async function timesOf(
  settings: ChainSettings,
  numbers: readonly number[],
): Promise<NodeAnswer<ReadonlyMap<number, number>>> {
  const distinct = [...new Set(numbers)];
  if (distinct.length === 0) return { kind: 'read', value: new Map() };
  const reply = await askNode(
    settings,
    distinct.map((number) => ({ method: 'eth_getBlockByNumber', params: [hex(number), false] })),
  );
  if (reply.kind !== 'read') return failure(reply);
  const blocks = z.array(blockSchema).safeParse(reply.results);
  if (!blocks.success) return unknown('the node lacks a block');
  return {
    kind: 'read',
    value: new Map(blocks.data.map(({ number, timestamp }) => [number, timestamp])),
  };
}

/** How much of the chain's own coin is at the address, in its smallest unit. */
export async function coinAt(
  settings: ChainSettings,
  address: string,
  head: Block,
): Promise<NodeAnswer<bigint>> {
  const reply = await askNode(settings, [
    { method: 'eth_getBalance', params: [address, hex(head.number)] },
  ]);
  if (reply.kind !== 'read') return failure(reply);
  const read = quantity.safeParse(reply.results[0]);
  return read.success ? { kind: 'read', value: read.data } : unknown('the answer cannot be read');
}

function failure(reply: Exclude<RpcReply, { kind: 'read' }>): Refused | Unknown {
  return reply.kind === 'error' ? refusedBy('chain', `rpc_${reply.code}`) : reply;
}

function filterOf({ from, to, contracts, recipients }: Wanted): object {
  const topics = recipients
    ? [transferTopic, null, recipients.map(topicOfAddress)]
    : [transferTopic];
  return {
    ...{ fromBlock: hex(from), toBlock: hex(to), topics },
    ...(contracts ? { address: contracts } : {}),
  };
}

function topicOfAddress(address: string): string {
  return `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
}

/** Transfers in the chain's order. All logs of a transaction must be there, since they stand in one block. */
function transfersOf(logs: readonly z.output<typeof logSchema>[]): Transfer[] {
  const counts = new Map<string, number>();
  return [...logs].sort(inOrder).flatMap((log) => {
    const moved = movedBy(log);
    if (!moved) return [];
    const contract = log.address.toLowerCase();
    const sameBefore = counts.get(`${log.transactionHash}/${contract}/${moved.to}`) ?? 0;
    counts.set(`${log.transactionHash}/${contract}/${moved.to}`, sameBefore + 1);
    const number = sameBefore === 0 ? '' : `.${sameBefore}`;
    const { blockNumber, blockHash, logIndex } = log;
    const id = `${log.transactionHash}-${moved.to.slice(2, 14)}${number}`;
    return [{ id, contract, ...moved, blockNumber, blockHash, logIndex }];
  });
}

/**
 * What a log says was moved. A transfer of nothing is none: such logs put strange addresses into people's histories. An
 * NFT's (ERC-721) has its number as a fourth topic and no data.
 */
function movedBy({
  topics,
  data,
}: z.output<typeof logSchema>): Pick<Transfer, 'from' | 'to' | 'units'> | undefined {
  const [, from, to] = topics;
  if (from === undefined || to === undefined || topics.length !== 3) return undefined;
  if (data.length !== 66) return undefined;
  const units = BigInt(data);
  return units === 0n ? undefined : { from: `0x${from.slice(26)}`, to: `0x${to.slice(26)}`, units };
}

export function inOrder(
  a: Pick<Transfer, 'blockNumber' | 'logIndex'>,
  b: Pick<Transfer, 'blockNumber' | 'logIndex'>,
): number {
  return a.blockNumber - b.blockNumber || a.logIndex - b.logIndex;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
