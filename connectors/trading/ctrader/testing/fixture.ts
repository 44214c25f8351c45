import { type CreateAccountRequest } from '../../../../domain/trading/account';
import { tokenOf } from '../../../../domain/trading/token';
import { type TradingPlatform } from '../../port';
import { type SimulatorProcess, startSimulator } from './simulator-process';

export interface ShownDeal {
  readonly dealId: number;
}

/** For tests only: a simulator, a connector to it, and what most tests begin with. */
export interface Fixture {
  readonly simulator: SimulatorProcess;
  readonly platform: TradingPlatform;
  request(change?: Partial<CreateAccountRequest>): CreateAccountRequest;
  newLogin(change?: Partial<CreateAccountRequest>): Promise<string>;
  /** Gives the ticket. */
  fund(login: string, amountMinor: bigint, currency?: string): Promise<string>;
  /** A trade of EURUSD, unless it says another. */
  trade(login: string, more: object): Promise<ShownDeal[]>;
  /** Trades of the past; gives the number of deals by log-in. */
  backfill(body: object): Promise<Map<string, number>>;
}

export async function startFixture(group: string, options: readonly string[]): Promise<Fixture> {
  const simulator = await startSimulator(options);
  const platform = simulator.connect();
  let accounts = 0;
  const request = (change: Partial<CreateAccountRequest> = {}): CreateAccountRequest => {
    accounts += 1;
    return {
      accountId: `acc_platform_${accounts}`,
      group,
      leverage: 30,
      firstName: 'Ada',
      lastName: 'Lovelace',
      email: 'ada@example.test',
      ...change,
    };
  };
  return {
    simulator,
    platform,
    request,
    newLogin: async (change) => {
      const outcome = await platform.createAccount(request(change));
      if (outcome.kind !== 'done') throw new Error(`no account: ${JSON.stringify(outcome)}`);
      return outcome.login;
    },
    fund: async (login, amountMinor, currency = 'USD') => {
      const outcome = await platform.balanceOperation({
        login,
        token: tokenOf(`int_fund_${login}_${amountMinor}`),
        amount: { amountMinor, currency },
        kind: 'balance',
        checkMargin: true,
      });
      if (outcome.kind !== 'done') throw new Error(`no money: ${JSON.stringify(outcome)}`);
      return outcome.ticket;
    },
    trade: async (login, more) => {
      const body = { login: Number(login), symbol: 'EURUSD', side: 'buy', volume: '0.25', ...more };
      const answer = (await simulator.control('POST', '/trade', body)) as { deals: ShownDeal[] };
      return answer.deals;
    },
    backfill: async (body) => {
      const answer = (await simulator.control('POST', '/backfill', body)) as {
        readonly accounts: readonly { readonly login: number; readonly deals: number }[];
      };
      return new Map(answer.accounts.map(({ login, deals }) => [String(login), deals]));
    },
  };
}
