import { type FaultBook } from '../faults/faults';
import { json, type Answer, type Call, type Reply } from '../http/server';
import { hex, type Node } from './node';

/** What may befall a request to the node. `lag` lasts: it is as if the last `ms` blocks were not there yet. */
export const chainFaults = {
  kinds: [
    'lose_request',
    'lose_reply_after_accept',
    'error_before_accept',
    'error_after_accept',
    'refuse',
    'slow',
    'hang',
    'rate_limited',
    'lag',
  ],
  operations: ['rpc'],
  quiet: [],
  lasting: ['lag'],
} as const;

interface Question {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Answers as the node does, with whatever fault waits for the request. A batch is one request. */
export async function answerRpc(node: Node, faults: FaultBook, call: Call): Promise<Reply> {
  const content = call.raw.toString('utf8');
  const occasion = { operation: 'rpc', content };
  const fault = faults.take(
    chainFaults.kinds.filter((kind) => kind !== 'lag'),
    occasion,
  );
  const answered = () => passOn(node, content, faults.take(['lag'], occasion)?.ms ?? 0);
  switch (fault?.kind) {
    case 'lose_request':
      return 'drop';
    case 'lose_reply_after_accept':
      await answered();
      return 'drop';
    case 'hang':
      return 'hang';
    case 'error_before_accept':
    case 'error_after_accept':
      return json(fault.status ?? 502, { error: 'bad gateway' });
    case 'rate_limited':
      return json(429, { error: 'too many requests' });
    case 'refuse':
      return json(fault.status ?? 401, { error: 'the key of the project is not known' });
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms ?? 2_000));
      return answered();
    default:
      return answered();
  }
}

async function passOn(node: Node, content: string, behind: number): Promise<Answer> {
  const body = behind === 0 ? content : await asIfBehind(node, content, behind);
  const response = await fetch(node.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return {
    status: response.status,
    headers: { 'content-type': 'application/json' },
    body: await response.text(),
  };
}

/** A node that is behind knows no later block, and answers a range that ends there with what it has, silently. */
async function asIfBehind(node: Node, content: string, behind: number): Promise<string> {
  const head = Math.max(0, (await node.head()) - behind);
  const at = (block: unknown) => {
    if (block === 'latest' || block === 'pending') return hex(head);
    // No node has a block of this number.
    return Number(block) > head ? hex(2 ** 40) : block;
  };
  const asked = JSON.parse(content) as Question | Question[];
  const told = (Array.isArray(asked) ? asked : [asked]).map((question) => {
    const { method, params } = question;
    if (method === 'eth_getBlockByNumber')
      return { ...question, params: [at(params[0]), ...params.slice(1)] };
    if (method === 'eth_getBalance') return { ...question, params: [params[0], at(params[1])] };
    if (method !== 'eth_getLogs') return question;
    const filter = params[0] as { toBlock?: unknown };
    const toBlock = filter.toBlock === undefined ? head : Number(at(filter.toBlock));
    return { ...question, params: [{ ...filter, toBlock: hex(Math.min(head, toBlock)) }] };
  });
  return JSON.stringify(Array.isArray(asked) ? told : told[0]);
}
