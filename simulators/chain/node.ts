import artifact from './test-token.json';

const blockMsMax = 20_000;

/** Speaks JSON-RPC with the node behind the simulator. */
export class Node {
  constructor(readonly url: string) {}

  async call(method: string, params: readonly unknown[] = []): Promise<unknown> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  }

  async head(): Promise<number> {
    return Number(await this.call('eth_blockNumber'));
  }

  /** The account that has deployed the tokens and owns what is paid out of it. */
  async treasurer(): Promise<string> {
    const [first] = (await this.call('eth_accounts')) as string[];
    if (first === undefined) throw new Error('the node has no accounts');
    return first;
  }

  /** Sends a transaction and answers its hash, when it stands in a block. */
  async send(transaction: {
    readonly to?: string;
    readonly value?: bigint;
    readonly data?: string;
  }): Promise<string> {
    const { value, ...rest } = transaction;
    const from = await this.treasurer();
    const sent = { from, ...rest, ...(value === undefined ? {} : { value: hex(value) }) };
    const hash = String(await this.call('eth_sendTransaction', [sent]));
    await this.#receiptOf(hash);
    return hash;
  }

  /** Waits for the block that the transaction stands in, which comes a moment later. */
  async #receiptOf(hash: string): Promise<{ readonly contractAddress: string | null }> {
    const deadline = Date.now() + blockMsMax;
    while (Date.now() < deadline) {
      const receipt = await this.call('eth_getTransactionReceipt', [hash]);
      if (receipt !== null) return receipt as { contractAddress: string | null };
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error('the transaction stands in no block');
  }

  async deploy({ name, symbol, decimals }: TokenKind): Promise<string> {
    const data = `${artifact.bytecode}${constructorArguments(name, symbol, decimals)}`;
    const hash = await this.send({ data });
    const { contractAddress } = await this.#receiptOf(hash);
    if (contractAddress === null) throw new Error('the token was not deployed');
    return contractAddress;
  }

  mint(token: string, to: string, units: bigint): Promise<string> {
    return this.send({ to: token, data: `0x40c10f19${word(to)}${word(hex(units))}` });
  }

  transfer(token: string, to: string, units: bigint): Promise<string> {
    return this.send({ to: token, data: `0xa9059cbb${word(to)}${word(hex(units))}` });
  }
}

export interface TokenKind {
  readonly name: string;
  readonly symbol: string;
  readonly decimals: number;
}

export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

/** One word of 32 bytes of an ABI's arguments. */
function word(hexText: string): string {
  return hexText.slice(2).toLowerCase().padStart(64, '0');
}

/** `(string, string, uint8)`: where each text begins, the number, and then the texts with their lengths. */
function constructorArguments(name: string, symbol: string, decimals: number): string {
  const text = (value: string) => {
    const bytes = Buffer.from(value, 'utf8').toString('hex');
    return word(hex(bytes.length / 2)) + bytes.padEnd(Math.ceil(bytes.length / 64) * 64, '0');
  };
  const [first, second] = [text(name), text(symbol)];
  const begins = 3 * 32;
  return [hex(begins), hex(begins + first.length / 2), hex(decimals)]
    .map(word)
    .concat(first, second)
    .join('');
}
