import { type INamespace, Root } from 'protobufjs';
import { keysOf } from '../../../domain/record';
import { type Fields, MalformedAnswer } from '../fields';

/**
 * What we use of cTrader's Manager API, described in our own words. The numbers of messages and fields are the
 * protocol's. Fields that we do not read are left out: a decoder skips them. Enums are varints and stand here as
 * integers.
 */
type Field = readonly [id: number, type: string, rule?: 'repeated'];
type Message = Readonly<Record<string, Field>>;

const trader: Message = {
  traderId: [1, 'int64'],
  login: [2, 'int64'],
  groupId: [3, 'int64'],
  balance: [8, 'int64'],
  description: [12, 'string'],
  registrationTimestamp: [25, 'int64'],
  balanceVersion: [30, 'int64'],
  depositAssetId: [61, 'int64'],
  nonWithdrawableBonus: [65, 'int64'],
  moneyDigits: [80, 'uint32'],
};

const deal: Message = {
  dealId: [1, 'int64'],
  orderId: [2, 'int64'],
  positionId: [3, 'int64'],
  traderId: [4, 'int64'],
  volume: [5, 'int64'],
  filledVolume: [6, 'int64'],
  symbolId: [7, 'int64'],
  createTimestamp: [8, 'int64'],
  executionTimestamp: [9, 'int64'],
  utcLastUpdateTimestamp: [10, 'int64'],
  executionPrice: [11, 'double'],
  tradeSide: [13, 'int32'],
  dealStatus: [14, 'int32'],
  dealType: [15, 'int32'],
  marginRate: [16, 'double'],
  commission: [17, 'int64'],
  label: [22, 'string'],
  channel: [23, 'string'],
  comment: [24, 'string'],
  closePositionDetail: [32, 'ClosePositionDetail'],
  lotSize: [42, 'int64'],
  moneyDigits: [58, 'uint32'],
};

const closePositionDetail: Message = {
  entryPrice: [2, 'double'],
  swap: [3, 'int64'],
  commission: [4, 'int64'],
  profit: [7, 'int64'],
  balance: [8, 'int64'],
  quoteToDepositConversionRate: [15, 'double'],
  closedVolume: [16, 'int64'],
  balanceVersion: [18, 'int64'],
  netProfit: [25, 'int64'],
  moneyDigits: [43, 'uint32'],
  pnlConversionFee: [44, 'int64'],
};

const depositWithdraw: Message = {
  operationType: [1, 'int32'],
  balanceHistoryId: [2, 'int64'],
  traderId: [3, 'int64'],
  balance: [4, 'int64'],
  delta: [5, 'int64'],
  changeBalanceTimestamp: [6, 'int64'],
  comment: [7, 'string'],
  externalNote: [8, 'string'],
  balanceVersion: [9, 'int64'],
  source: [14, 'string'],
  externalId: [15, 'string'],
  moneyDigits: [16, 'uint32'],
};

const position: Message = {
  positionId: [1, 'int64'],
  tradeData: [3, 'TradeData'],
  positionStatus: [4, 'int32'],
  swap: [5, 'int64'],
  price: [6, 'double'],
  utcLastUpdateTimestamp: [10, 'int64'],
  commission: [13, 'int64'],
  usedMargin: [23, 'uint64'],
  moneyDigits: [30, 'uint32'],
};

const tradeData: Message = {
  symbolId: [1, 'int64'],
  volume: [2, 'int64'],
  tradeSide: [3, 'int32'],
  traderId: [4, 'int64'],
  openTimestamp: [7, 'int64'],
  label: [12, 'string'],
  comment: [13, 'string'],
  lotSize: [16, 'int64'],
};

const traderWindow: Message = {
  traderId: [2, 'int64'],
  fromTimestamp: [3, 'int64'],
  toTimestamp: [4, 'int64'],
};

const messages: Readonly<Record<string, Message>> = {
  Envelope: { payloadType: [1, 'uint32'], payload: [2, 'bytes'], clientMsgId: [3, 'string'] },
  Hello: {},
  Heartbeat: {},
  ErrorRes: { errorCode: [2, 'string'], description: [3, 'string'] },
  ManagerAuthReq: {
    plantId: [2, 'string'],
    environmentName: [3, 'string'],
    login: [4, 'int64'],
    passwordHash: [5, 'string'],
  },
  ManagerAuthRes: {},
  ServerTimeReq: {},
  ServerTimeRes: { timeInMillis: [2, 'int64'] },
  TraderListReq: { fromTimestamp: [2, 'int64'], toTimestamp: [3, 'int64'], groupId: [4, 'int64'] },
  TraderListRes: { trader: [2, 'Trader', 'repeated'], hasMore: [3, 'bool'] },
  TraderByIdReq: { traderId: [2, 'int64', 'repeated'] },
  TraderByIdRes: { trader: [2, 'Trader', 'repeated'] },
  LightGroupListReq: {},
  LightGroupListRes: { lightGroup: [2, 'LightGroup', 'repeated'] },
  AssetListReq: {},
  AssetListRes: { asset: [2, 'Asset', 'repeated'] },
  SymbolListReq: {},
  SymbolListRes: { symbol: [2, 'Symbol', 'repeated'] },
  CountryListReq: {},
  CountryListRes: { country: [2, 'Country', 'repeated'] },
  DealListReq: {
    traderId: [2, 'int64', 'repeated'],
    fromTimestamp: [3, 'int64'],
    toTimestamp: [4, 'int64'],
    maxRows: [5, 'int32'],
    groupId: [9, 'int64', 'repeated'],
  },
  DealListRes: { deal: [2, 'Deal', 'repeated'], hasMore: [3, 'bool'] },
  PositionListReq: traderWindow,
  PositionListRes: { position: [3, 'Position', 'repeated'], hasMore: [4, 'bool'] },
  BalanceHistoryListReq: traderWindow,
  BalanceHistoryListRes: {
    depositWithdraw: [3, 'DepositWithdraw', 'repeated'],
    hasMore: [4, 'bool'],
  },
  SubscribeSpotQuotesReq: { symbolId: [3, 'int64', 'repeated'] },
  SubscribeSpotQuotesRes: {},
  UnsubscribeSpotQuotesReq: { symbolId: [3, 'int64', 'repeated'] },
  UnsubscribeSpotQuotesRes: {},
  SpotEvent: {
    symbolId: [2, 'int64'],
    bid: [3, 'uint64'],
    ask: [4, 'uint64'],
    timestamp: [9, 'int64'],
  },
  ExecutionEvent: {
    executionType: [2, 'int32'],
    depositWithdraw: [7, 'DepositWithdraw'],
    deal: [8, 'Deal'],
    eventId: [9, 'uint64'],
  },
  LightGroup: {
    groupId: [1, 'int64'],
    name: [2, 'string'],
    enabled: [3, 'bool'],
    marginStopout: [9, 'double'],
  },
  Asset: {
    assetId: [1, 'int64'],
    name: [2, 'string'],
    depositAsset: [5, 'bool'],
    digits: [9, 'int32'],
  },
  Symbol: {
    symbolId: [1, 'int64'],
    name: [2, 'string'],
    digits: [4, 'int32'],
    enabled: [8, 'bool'],
    description: [15, 'string'],
    lotSize: [32, 'int64'],
    baseAssetId: [53, 'int64'],
    quoteAssetId: [54, 'int64'],
  },
  Country: { countryId: [1, 'int64'], name: [2, 'string'] },
  Trader: trader,
  Deal: deal,
  ClosePositionDetail: closePositionDetail,
  DepositWithdraw: depositWithdraw,
  Position: position,
  TradeData: tradeData,
};

/** Payload types of the envelope. */
export const payloads = {
  SpotEvent: 3,
  ErrorRes: 50,
  Heartbeat: 51,
  ExecutionEvent: 300,
  ManagerAuthReq: 301,
  ManagerAuthRes: 302,
  ServerTimeReq: 313,
  ServerTimeRes: 314,
  TraderListReq: 403,
  TraderListRes: 404,
  PositionListReq: 407,
  PositionListRes: 408,
  BalanceHistoryListReq: 417,
  BalanceHistoryListRes: 418,
  DealListReq: 431,
  DealListRes: 432,
  CountryListReq: 435,
  CountryListRes: 436,
  AssetListReq: 465,
  AssetListRes: 466,
  SymbolListReq: 467,
  SymbolListRes: 468,
  LightGroupListReq: 473,
  LightGroupListRes: 474,
  SubscribeSpotQuotesReq: 601,
  SubscribeSpotQuotesRes: 602,
  UnsubscribeSpotQuotesReq: 608,
  UnsubscribeSpotQuotesRes: 609,
  TraderByIdReq: 703,
  TraderByIdRes: 704,
  Hello: 990,
} as const;

export type PayloadName = keyof typeof payloads;
/** What is asked, and answered by its `Res`. */
export type RequestName = Extract<PayloadName, `${string}Req`>;

/** 64-bit integers are decimal strings in a message; bigints are accepted for sending. */
export type Outgoing = Readonly<Record<string, unknown>>;

/** The protocol is proto2: what is said is sent, zero as well, since servers ask for it. */
const root = Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(messages).map(([name, fields]) => [
      name,
      { edition: 'proto2', fields: fieldsOf(fields) },
    ]),
  ),
} satisfies INamespace);

const names: ReadonlyMap<number, PayloadName> = new Map(
  keysOf(payloads).map((name) => [payloads[name], name]),
);

/** Null for a message that we do not use. */
export function payloadName(type: number): PayloadName | null {
  return names.get(type) ?? null;
}

export function answerOf(request: RequestName): PayloadName {
  const name = `${request.slice(0, -3)}Res`;
  const type = Object.entries(payloads).find(([known]) => known === name)?.[1];
  const found = type === undefined ? null : payloadName(type);
  if (found === null) throw new RangeError(`${request} has no answer`);
  return found;
}

export function encodeMessage(name: PayloadName | 'Envelope', fields: Outgoing): Buffer {
  const type = root.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(sendable(fields))).finish());
}

/** Reads a message: 64-bit integers as decimal strings, absent fields absent. Throws MalformedAnswer. */
export function decodeMessage(name: PayloadName | 'Envelope', bytes: Uint8Array): Fields {
  const type = root.lookupType(name);
  try {
    return type.toObject(type.decode(bytes), { longs: String, arrays: true });
  } catch {
    throw new MalformedAnswer(`a message is no ${name}`);
  }
}

function fieldsOf(message: Message): Record<string, { id: number; type: string; rule?: string }> {
  return Object.fromEntries(
    Object.entries(message).map(([name, [id, type, rule]]) => [
      name,
      { id, type, ...(rule === undefined ? {} : { rule }) },
    ]),
  );
}

function sendable(fields: Outgoing): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? value.toString() : value,
    ]),
  );
}
