import { openAccount as openPlacedAccount, placeAccount } from '../../db/account-opening';
import { readAccount, type TradingAccount } from '../../db/accounts';
import { inScope, rows } from '../../db/connection';
import { requestTransfer } from '../../db/transfer-requests';
import { parseAmount } from '../../domain/money';
import { workflowIds } from '../../temporal-config/workflow-ids';
import type { Dependencies } from '../../workers/dependencies';
import { fund, type OpenAccount, seedClient, type TestClient } from '../processes/people';
import { accountRights } from '../../domain/trading/account';
import type { PlatformKind } from '../../domain/trading/capabilities';
import type { ServerHand } from '../processes/simulators';
import { openStage, type Stage } from '../processes/stage';
import { until } from '../processes/until';
import { platforms } from './cells';
import { serverTimeouts, settleWindowMs } from './misfortunes';
import { ProcessWatch } from './process-watch';

/** A log-in with a client of its own: one transfer at a time, so that each run's money can be followed. */
export interface Lane {
  readonly platform: PlatformKind;
  readonly hand: ServerHand;
  readonly client: TestClient;
  readonly account: OpenAccount;
}

/** Where the matrix is run: three servers, the product's processes, and log-ins on each. */
export interface Field {
  readonly stage: Stage;
  readonly watch: ProcessWatch;
  readonly lanes: Readonly<Record<PlatformKind, readonly Lane[]>>;
  close(): Promise<void>;
}

export const currency = 'USD';
const onAccountMinor = parseAmount('10000.00', currency);

export interface FieldOptions {
  readonly lanesPerPlatform: number;
  readonly breaking?: ((deps: Dependencies) => Dependencies) | undefined;
}

export async function openField({ lanesPerPlatform, breaking }: FieldOptions): Promise<Field> {
  const stage = await openStage({
    platforms,
    settleWindowMs,
    serverTimeouts,
    ...(breaking ? { breaking } : {}),
  });
  const watch = new ProcessWatch(stage);
  const lanesOf = (platform: PlatformKind): Promise<Lane[]> =>
    Promise.all(Array.from({ length: lanesPerPlatform }, () => openLane(stage, watch, platform)));
  const [mt5, mt4, ctrader] = await Promise.all([
    lanesOf('mt5'),
    lanesOf('mt4'),
    lanesOf('ctrader'),
  ]);
  return {
    stage,
    watch,
    lanes: { mt5, mt4, ctrader },
    close: async () => {
      watch.stop();
      await stage.close();
    },
  };
}

async function openLane(stage: Stage, watch: ProcessWatch, platform: PlatformKind): Promise<Lane> {
  const client = await seedClient(stage);
  await fund(stage, client, '50000.00');
  const asked = await askForAccount(stage, client, { platform, group: laneGroups[platform] });
  const account = await until(
    `an account on ${platform}`,
    async () => {
      const now = await stage.system((tx) => readAccount(tx, asked.id));
      return now.state === 'active' && now.login !== null && { ...now, login: now.login };
    },
    60_000,
  );
  const transfer = await inScope(stage.db, client.scope, (tx) =>
    requestTransfer(tx, {
      accountId: account.id,
      direction: 'to_account',
      amount: { amountMinor: onAccountMinor, currency },
    }),
  );
  await watch.until(workflowIds.transfer(transfer.id), ({ outcome }) => outcome === 'done');
  return { platform, hand: stage.server(platform), client, account };
}

const laneGroups: Readonly<Record<PlatformKind, string>> = {
  mt5: 'real\\off-usd-std',
  mt4: 'off-usd-std',
  ctrader: 'off-std/USD',
};

/** Accounts that are made as part of the matrix have a group, and a range of log-ins, of their own. */
export const creationGroups: Readonly<Record<PlatformKind, string>> = {
  mt5: 'real\\off-usd-pro',
  mt4: 'off-usd-pro',
  ctrader: 'off-pro/USD',
};

/** Asks for an account on a server and in a group that the shipped policy does not send anybody to. */
export async function askForAccount(
  stage: Stage,
  { id }: TestClient,
  { platform, group }: { readonly platform: PlatformKind; readonly group: string },
): Promise<TradingAccount> {
  return stage.system(async (tx) => {
    const wish = { clientId: id, accountType: 'standard', currency, platform };
    const placement = await placeAccount(tx, wish);
    const outcome = {
      decision: 'provision',
      platform,
      server: platform,
      group,
      leverage: 100,
      rights: accountRights,
      swapFree: false,
      demo: false,
      reasons: ['MATRIX'],
    } as const;
    return openPlacedAccount(tx, wish, { ...placement, outcome });
  });
}

/** Until the feed has read all that the log-ins' server shows: what is not read under a weather is not read at all. */
export async function feedHasRead(stage: Stage, lanes: readonly Lane[]): Promise<void> {
  await until(
    `the feed of ${lanes[0]?.platform ?? 'nothing'} to read everything`,
    async () => {
      const read = await operationsRead(stage, lanes);
      const behind = await Promise.all(
        lanes.map(async ({ hand, account: { login } }) => {
          const { deals } = await hand.deals(login);
          const operations = deals.filter(({ isOperation }) => isOperation).length;
          return read.get(login) === operations
            ? []
            : [`${read.get(login) ?? 0} of ${operations} operations of ${login}`];
        }),
      );
      if (behind.flat().length > 0) throw new Error(behind.flat().join(', '));
      return true;
    },
    60_000,
  );
}

async function operationsRead(
  stage: Stage,
  lanes: readonly Lane[],
): Promise<ReadonlyMap<string, number>> {
  const found = await stage.system((tx) =>
    rows<{ login: string; n: number }>(
      tx,
      `select login, count(*)::int as n from deal where server_id = :server and login = any (:logins::text[])
         and kind in ('balance', 'credit', 'charge', 'correction', 'bonus') group by login`,
      { server: lanes[0]?.platform ?? '', logins: lanes.map(({ account }) => account.login) },
    ),
  );
  return new Map(found.map(({ login, n }) => [login, n]));
}
