import { CtraderPlatform } from './ctrader/platform';
import { Mt4Platform } from './mt4/platform';
import * as mt4 from './mt4/session';
import { Mt5Platform } from './mt5/platform';
import * as mt5 from './mt5/session';
import { type WireOptions } from './mt5/wires';
import { type TradingPlatform } from './port';

/** A trading server as configured. Passwords come from a key file or the environment. */
export type TradingServer = Mt5Server | Mt4Server | CtraderServer;

export type Mt5Server = Mt5Manager & (Mt5Rest | Mt5Raw);

/** Our manager at a MetaTrader 5 server. */
interface Mt5Manager {
  readonly id: string;
  readonly kind: 'mt5';
  readonly login: string;
  readonly password: string;
  readonly timeouts?: Partial<mt5.SessionTimeouts>;
  /** More requests in a second wait. */
  readonly requestsPerSecond?: number;
}

export interface Mt5Rest {
  readonly transport?: 'rest';
  /** `https://host:port`. */
  readonly rest: string;
  /** PEM of the authority that signed the server's certificate; null trusts the system's. */
  readonly caPath: string | null;
  /** Content type of request bodies, which are JSON either way. */
  readonly contentType?: 'application/json' | 'application/x-www-form-urlencoded';
}

export interface Mt5Raw {
  readonly transport: 'raw';
  /** `host:port`. */
  readonly raw: string;
  /** The protocol's own cipher; `none` to this machine only. */
  readonly crypt: 'aes256ofb' | 'none';
}

/** MetaTrader 4 behind its network bridge. */
export interface Mt4Server {
  readonly id: string;
  readonly kind: 'mt4';
  /** `https://host:port` of the bridge. */
  readonly rest: string;
  /** `https://host:port` that gives out tokens: its `/.well-known/openid-configuration` is read. */
  readonly authority: string;
  /** PEM of the authority that signed both certificates; null trusts the system's. */
  readonly caPath: string | null;
  /** The trade server's UUID at the bridge. */
  readonly platform: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly timeouts?: Partial<mt4.SessionTimeouts>;
}

/** cTrader: WebServices and the Manager API, under one manager. */
export interface CtraderServer {
  readonly id: string;
  readonly kind: 'ctrader';
  /** WebServices: `https://host:port`. */
  readonly rest: string;
  /** Manager API: `host:port`. */
  readonly manager: string;
  /** PEM of the authority that signed both certificates; null trusts the system's. */
  readonly caPath: string | null;
  readonly login: string;
  readonly password: string;
  /** The broker's plant, and `live` or `demo`: the Manager API asks for them. */
  readonly plantId: string;
  readonly environmentName: string;
  /** The brand under which new accounts stand. */
  readonly brokerName: string;
  readonly timeouts?: Partial<mt5.SessionTimeouts>;
}

const open = new Map<
  string,
  { readonly configuration: string; readonly platform: TradingPlatform }
>();

/**
 * The connector of a server: one per process, since a session is one connection and writes to it
 * stand in one line. A server whose address or password has changed gets a new one.
 */
export function tradingPlatformFor(server: TradingServer): TradingPlatform {
  const configuration = JSON.stringify(server);
  const known = open.get(server.id);
  if (known?.configuration === configuration) return known.platform;
  const platform = createTradingPlatform(server);
  open.set(server.id, { configuration, platform });
  // Waits its turn behind what the old session is still doing.
  void known?.platform.close();
  return platform;
}

/** A connector of its own, outside the registry; whoever makes it closes it. */
export function createTradingPlatform(server: TradingServer): TradingPlatform {
  switch (server.kind) {
    case 'mt5':
      return new Mt5Platform(server.id, {
        wire: mt5Wire(server),
        login: server.login,
        password: server.password,
        requestsPerSecond: server.requestsPerSecond ?? mt5.defaultRequestsPerSecond,
        timeouts: { ...mt5.defaultTimeouts, ...server.timeouts },
      });
    case 'mt4':
      return new Mt4Platform(server.id, {
        rest: server.rest,
        authority: server.authority,
        caPath: server.caPath,
        platform: server.platform,
        clientId: server.clientId,
        clientSecret: server.clientSecret,
        timeouts: { ...mt4.defaultTimeouts, ...server.timeouts },
      });
    case 'ctrader':
      return new CtraderPlatform(server.id, {
        rest: server.rest,
        manager: server.manager,
        caPath: server.caPath,
        login: server.login,
        password: server.password,
        plantId: server.plantId,
        environmentName: server.environmentName,
        brokerName: server.brokerName,
        timeouts: { ...mt5.defaultTimeouts, ...server.timeouts },
      });
    default:
      return server satisfies never;
  }
}

function mt5Wire(server: Mt5Server): WireOptions {
  if (server.transport === 'raw') {
    return { transport: 'raw', raw: server.raw, crypt: server.crypt };
  }
  const { rest, caPath, contentType = 'application/json' } = server;
  return { transport: 'rest', rest, caPath, contentType };
}

/** Ends every session of this process. */
export async function closeTradingPlatforms(): Promise<void> {
  const platforms = [...open.values()];
  open.clear();
  await Promise.all(platforms.map(({ platform }) => platform.close()));
}
