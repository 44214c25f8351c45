import { type INamespace, Root } from 'protobufjs';

/**
 * The part of cTrader's Manager API that this server speaks. The numbers of messages and fields are the
 * protocol's; enums travel as varints and stand here as integers, named in `codes.ts`.
 */
type Field = readonly [id: number, type: string, rule?: 'repeated'];
type Message = Readonly<Record<string, Field>>;

const window: Message = { fromTimestamp: [3, 'int64'], toTimestamp: [4, 'int64'] };

const MESSAGES: Readonly<Record<string, Message>> = {
  Envelope: { payloadType: [1, 'uint32'], payload: [2, 'bytes'], clientMsgId: [3, 'string'] },
  Heartbeat: {},
  Hello: {},
  ErrorRes: {
    errorCode: [2, 'string'],
    description: [3, 'string'],
    maintenanceEndTimestamp: [4, 'uint64'],
  },
  ManagerAuthReq: {
    plantId: [2, 'string'],
    environmentName: [3, 'string'],
    login: [4, 'int64'],
    passwordHash: [5, 'string'],
  },
  ManagerAuthRes: { permission: [2, 'int32', 'repeated'] },
  ServerTimeReq: {},
  ServerTimeRes: { timeInMillis: [2, 'int64'] },
  TraderListReq: {
    fromTimestamp: [2, 'int64'],
    toTimestamp: [3, 'int64'],
    groupId: [4, 'int64'],
  },
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
    ...window,
    maxRows: [5, 'int32'],
    closingDealsOnly: [6, 'bool'],
    withFilledVolumeOnly: [8, 'bool'],
    groupId: [9, 'int64', 'repeated'],
  },
  DealListRes: { deal: [2, 'Deal', 'repeated'], hasMore: [3, 'bool'] },
  PositionListReq: { traderId: [2, 'int64'], ...window },
  PositionListRes: {
    traderId: [2, 'int64'],
    position: [3, 'Position', 'repeated'],
    hasMore: [4, 'bool'],
  },
  BalanceHistoryListReq: { traderId: [2, 'int64'], ...window },
  BalanceHistoryListRes: {
    traderId: [2, 'int64'],
    depositWithdraw: [3, 'DepositWithdraw', 'repeated'],
    hasMore: [4, 'bool'],
  },
  ChangeBalanceReq: {
    traderId: [2, 'int64'],
    amount: [3, 'int64'],
    comment: [4, 'string'],
    type: [5, 'int32'],
    managerId: [6, 'int64'],
    externalNote: [7, 'string'],
    source: [8, 'string'],
    externalId: [9, 'string'],
    newWay: [10, 'bool'],
  },
  ChangeBalanceRes: { traderId: [2, 'int64'], balanceHistoryId: [3, 'int64'] },
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
    position: [4, 'Position'],
    depositWithdraw: [7, 'DepositWithdraw'],
    deal: [8, 'Deal'],
    eventId: [9, 'uint64'],
    isServerEvent: [11, 'bool'],
  },
  Trader: {
    traderId: [1, 'int64'],
    login: [2, 'int64'],
    groupId: [3, 'int64'],
    balance: [8, 'int64'],
    accountType: [9, 'int32'],
    name: [10, 'string'],
    description: [12, 'string'],
    countryId: [14, 'int64'],
    phone: [19, 'string'],
    email: [21, 'string'],
    registrationTimestamp: [25, 'int64'],
    lastConnectTimestamp: [26, 'int64'],
    utcLastUpdateTimestamp: [28, 'int64'],
    balanceVersion: [30, 'int64'],
    lastName: [56, 'string'],
    accessRights: [59, 'int32'],
    depositAssetId: [61, 'int64'],
    nonWithdrawableBonus: [65, 'int64'],
    leverageInCents: [66, 'uint32'],
    brokerName: [69, 'string'],
    moneyDigits: [80, 'uint32'],
  },
  LightGroup: {
    groupId: [1, 'int64'],
    name: [2, 'string'],
    enabled: [3, 'bool'],
    marginStopout: [9, 'double'],
    description: [11, 'string'],
  },
  Asset: {
    assetId: [1, 'int64'],
    name: [2, 'string'],
    description: [3, 'string'],
    type: [4, 'int32'],
    depositAsset: [5, 'bool'],
    depositable: [6, 'bool'],
    digits: [9, 'int32'],
  },
  Symbol: {
    symbolId: [1, 'int64'],
    name: [2, 'string'],
    digits: [4, 'int32'],
    pipPosition: [5, 'int32'],
    enabled: [8, 'bool'],
    description: [15, 'string'],
    lotSize: [32, 'int64'],
    baseAssetId: [53, 'int64'],
    quoteAssetId: [54, 'int64'],
    defaultSwapTime: [79, 'int32'],
    defaultSwapPeriod: [80, 'int32'],
  },
  Country: { countryId: [1, 'int64'], name: [2, 'string'], countryA2Code: [3, 'string'] },
  Deal: {
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
    channel: [23, 'string'],
    comment: [24, 'string'],
    closePositionDetail: [32, 'ClosePositionDetail'],
    lotSize: [42, 'int64'],
    moneyDigits: [58, 'uint32'],
  },
  ClosePositionDetail: {
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
  },
  Position: {
    positionId: [1, 'int64'],
    tradeData: [3, 'TradeData'],
    positionStatus: [4, 'int32'],
    swap: [5, 'int64'],
    price: [6, 'double'],
    utcLastUpdateTimestamp: [10, 'int64'],
    commission: [13, 'int64'],
    marginRate: [14, 'double'],
    usedMargin: [23, 'uint64'],
    moneyDigits: [30, 'uint32'],
  },
  TradeData: {
    symbolId: [1, 'int64'],
    volume: [2, 'int64'],
    tradeSide: [3, 'int32'],
    traderId: [4, 'int64'],
    openTimestamp: [7, 'int64'],
    comment: [13, 'string'],
    lotSize: [16, 'int64'],
  },
  DepositWithdraw: {
    operationType: [1, 'int32'],
    balanceHistoryId: [2, 'int64'],
    traderId: [3, 'int64'],
    balance: [4, 'int64'],
    delta: [5, 'int64'],
    changeBalanceTimestamp: [6, 'int64'],
    comment: [7, 'string'],
    externalNote: [8, 'string'],
    balanceVersion: [9, 'int64'],
    nonWithdrawableBonus: [13, 'int64'],
    source: [14, 'string'],
    externalId: [15, 'string'],
    moneyDigits: [16, 'uint32'],
  },
};

/** Payload types of the envelope. */
export const PAYLOADS = {
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
  ChangeBalanceReq: 519,
  ChangeBalanceRes: 520,
  SubscribeSpotQuotesReq: 601,
  SubscribeSpotQuotesRes: 602,
  UnsubscribeSpotQuotesReq: 608,
  UnsubscribeSpotQuotesRes: 609,
  TraderByIdReq: 703,
  TraderByIdRes: 704,
  Hello: 990,
} as const;

export type PayloadName = keyof typeof PAYLOADS;

/** A decoded message: 64-bit integers are decimal strings, an absent field is not there. */
export type Fields = Readonly<Record<string, unknown>>;

/** The protocol is proto2: zeros are on the wire too. */
const root = Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(MESSAGES).map(([name, fields]) => [
      name,
      {
        edition: 'proto2',
        fields: Object.fromEntries(
          Object.entries(fields).map(([field, [id, type, rule]]) => [
            field,
            { id, type, ...(rule === undefined ? {} : { rule }) },
          ]),
        ),
      },
    ]),
  ),
} satisfies INamespace);

const NAMES = new Map<number, PayloadName>(
  Object.entries(PAYLOADS).map(([name, type]) => [type, name as PayloadName]),
);

/** Encodes a message; 64-bit integers may be given as strings, numbers or bigints. */
export function encodeMessage(name: string, fields: Fields): Buffer {
  const type = root.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(plain(fields))).finish());
}

/** Decodes a message. Throws when the bytes are none. */
export function decodeMessage(name: string, bytes: Uint8Array): Fields {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { longs: String, arrays: true });
}

export function payloadName(type: number): PayloadName | undefined {
  return NAMES.get(type);
}

function plain(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, simple(value)]));
}

function simple(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(simple);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return plain(value as Fields);
}
