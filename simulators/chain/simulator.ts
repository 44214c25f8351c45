import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultBook, faultRoutes } from '../faults/faults';
import { BadControl, control, integer, text } from '../http/control';
import { Routes, serve } from '../http/server';
import { Journal } from '../journal/journal';
import { startAnvil } from './anvil';
import { answerRpc, chainFaults } from './front';
import { hex, Node, type TokenKind } from './node';

export interface ChainOptions {
  readonly data: string;
  readonly port?: number;
  readonly controlPort?: number;
  /** After a payment so many seconds pass between blocks until it is confirmed; without it nobody mines them. */
  readonly blockSeconds?: number;
  /** False: the chain begins anew at each start. */
  readonly keeps?: boolean;
}

/** What the simulator prints when it is up. */
export interface ChainAddresses {
  readonly rpc: string;
  readonly control: string;
  /** How to reach it: an object for the product's file of providers. */
  readonly provider: Readonly<Record<string, unknown>>;
  /** Contracts of the tokens: those that the provider names, and `FAKE`, which it does not. */
  readonly tokens: Readonly<Record<string, string>>;
}

export interface ChainSimulator {
  readonly addresses: ChainAddresses;
  onExit(listener: (how: string) => void): void;
  close(): Promise<void>;
}

const chainId = 31_337;
/** m/44'/60'/1'/0 of Foundry's public test words: a key that is worth nothing. */
const xpub =
  'xpub6EFHUEbYV13535ChA9yg5xZTWowwFCmFoWnhLbwkd91xHoirGu89GTZwBSUBnBpFeY5EV2cgof8yuyDnkeGALcD8DgGYJSiQfkxKpunWTX1';
const kinds: readonly TokenKind[] = [
  { name: 'Tether USD (test)', symbol: 'USDT', decimals: 6 },
  { name: 'USD Coin (test)', symbol: 'USDC', decimals: 6 },
  { name: 'Worthless', symbol: 'FAKE', decimals: 18 },
];
const minted = 10n ** 30n;
const confirmations = 3;
/** Blocks are made when something happens, so that the last one may be old without the node being behind. */
const staleSeconds = 10 * 365 * 86_400;

/** Starts an Ethereum chain with two dollars on it; with the data of an earlier run it goes on where that ended. */
export async function startChain(options: ChainOptions): Promise<ChainSimulator> {
  mkdirSync(options.data, { recursive: true, mode: 0o700 });
  const { keeps = true, blockSeconds } = options;
  const anvil = await startAnvil({
    chainId,
    ...(keeps ? { stateFile: join(options.data, 'chain.json') } : {}),
  });
  const node = new Node(anvil.url);
  const tokens = await tokensOf(node, join(options.data, 'tokens.json')).catch(
    async (error: unknown) => {
      await anvil.stop();
      throw error;
    },
  );
  const journal = new Journal(join(options.data, 'faults.jsonl'));
  const faults = new FaultBook(journal, chainFaults);
  const rpc = new Routes().on('POST', '/', (call) => answerRpc(node, faults, call));
  const controls = new Routes();
  faultRoutes(controls, faults);
  const miner = new Miner(node, blockSeconds);
  controlRoutes(controls, { node, tokens, miner });
  const [server, controlServer] = [
    await serve(rpc, options.port ?? 0),
    await serve(controls, options.controlPort ?? 0),
  ];
  return {
    addresses: {
      rpc: server.url,
      control: controlServer.url,
      provider: {
        name: 'chain',
        rpcUrl: `${server.url}/`,
        chain: 'ethereum',
        chainId,
        coin: 'ETH',
        xpub,
        ...{ confirmations, staleSeconds, pollSeconds: 1 },
        tokens: kinds
          .filter(({ symbol }) => symbol !== 'FAKE')
          .map(({ symbol, decimals }) => ({
            ...{ currency: symbol, contract: tokens[symbol], decimals },
          })),
      },
      tokens,
    },
    onExit: (listener) => anvil.onExit(listener),
    close: async () => {
      miner.stop();
      await Promise.all([server.close(), controlServer.close()]);
      await anvil.stop();
      journal.close();
    },
  };
}

/** The tokens of the chain, deployed when it has none. */
async function tokensOf(node: Node, file: string): Promise<Record<string, string>> {
  const known = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
    : {};
  const [any] = Object.values(known);
  if (any !== undefined && (await node.call('eth_getCode', [any, 'latest'])) !== '0x') return known;
  const tokens: Record<string, string> = {};
  for (const kind of kinds) {
    const contract = await node.deploy(kind);
    await node.mint(contract, await node.treasurer(), minted);
    tokens[kind.symbol] = contract;
  }
  writeFileSync(file, JSON.stringify(tokens), { mode: 0o600 });
  return tokens;
}

/** Builds blocks on a payment's until it is confirmed, as others' transactions do on a chain that is used. */
class Miner {
  #left = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly node: Node,
    private readonly seconds: number | undefined,
  ) {}

  follow(): void {
    if (this.seconds === undefined) return;
    this.#left = confirmations + 1;
    this.#timer ??= setInterval(() => void this.#mine(), this.seconds * 1_000);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #mine(): Promise<void> {
    this.#left -= 1;
    if (this.#left <= 0) this.stop();
    await this.node.call('anvil_mine', ['0x1']).catch(() => undefined);
  }
}

const depthMax = 100;

/** The control port: what payers, miners and bad luck do. JSON, this machine only. */
function controlRoutes(
  routes: Routes,
  { node, tokens, miner }: { node: Node; tokens: Readonly<Record<string, string>>; miner: Miner },
): void {
  const depthOf = (value: number | undefined) => {
    if (value === undefined || value < 1 || value > depthMax)
      throw new BadControl(`blocks must be 1 to ${depthMax}`);
    return value;
  };
  routes
    .on(
      'POST',
      '/pay',
      control(async (body) => {
        const address = text(body, 'address') ?? '';
        const units = text(body, 'units') ?? '';
        const token = text(body, 'token') ?? '';
        if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw new BadControl('address must be one');
        if (!/^\d{1,60}$/.test(units)) throw new BadControl('units must be a whole number');
        const contract = tokens[token];
        if (token !== 'ETH' && contract === undefined)
          throw new BadControl(`token must be ETH or one of ${Object.keys(tokens).join(', ')}`);
        const hash =
          contract === undefined
            ? await node.send({ to: address, value: BigInt(units) })
            : await node.transfer(contract, address, BigInt(units));
        miner.follow();
        return { hash, block: await node.head() };
      }),
    )
    .on(
      'POST',
      '/mine',
      control(async (body) => {
        await node.call('anvil_mine', [hex(depthOf(integer(body, 'blocks') ?? 1))]);
        return { block: await node.head() };
      }),
    )
    .on(
      'POST',
      '/pass-time',
      control(async (body) => {
        await node.call('evm_increaseTime', [integer(body, 'seconds') ?? 0]);
        await node.call('anvil_mine', ['0x1']);
        return { block: await node.head() };
      }),
    )
    .on(
      'POST',
      '/reorg',
      control(async (body) => {
        // The blocks are made anew without what stood in them.
        await node.call('anvil_reorg', [depthOf(integer(body, 'blocks')), []]);
        return { block: await node.head() };
      }),
    )
    .on(
      'GET',
      '/tokens',
      control(() => ({ tokens })),
    );
}
