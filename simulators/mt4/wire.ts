import type { AccountBook } from '../brokerage/account-book';
import { formatMinor } from '../brokerage/amounts';
import type { AccountState } from '../brokerage/exchange';
import type { GroupSpec } from '../brokerage/groups';
import type { UserRecord } from '../brokerage/records';
import type { Quote } from '../market/market';
import { findSymbol, type SymbolSpec } from '../market/symbols';
import type { Trade } from './trades';

/** Records as the bridge writes them: numbers are JSON numbers, MT4's moments are whole seconds of server time. */
export type Row = Record<string, unknown>;

export function userToWire(book: AccountBook, user: UserRecord): Row {
  const { balanceMinor, creditMinor } = book.holding(user.login);
  const { texts } = user;
  return {
    login: user.login,
    group: user.group,
    name: texts.Name ?? '',
    registrationDate: moment(user.registration * 1000),
    lastDate: moment(user.registration * 1000),
    externalId: texts.ID ?? '',
    status: texts.Status ?? '',
    country: texts.Country ?? '',
    city: texts.City ?? '',
    state: texts.State ?? '',
    zipCode: texts.ZIPCode ?? '',
    address: texts.Address ?? '',
    leadSource: texts.LeadSource ?? '',
    phone: texts.Phone ?? '',
    email: texts.Email ?? '',
    comment: texts.Comment ?? '',
    leverage: user.leverage,
    agentAccount: user.numbers.Agent ?? 0,
    lastIP: 0,
    balance: amount(balanceMinor),
    credit: amount(creditMinor),
    prevMonthBalance: 0,
    prevBalance: 0,
    prevMonthEquity: 0,
    prevEquity: 0,
    interestRate: 0,
    taxes: 0,
    enableFlags: user.rights,
    sendReports: 1,
    mqid: 0,
    userColor: user.numbers.Color ?? 0,
  };
}

export function tradeToWire(trade: Trade): Row {
  const digits = findSymbol(trade.symbol)?.digits ?? 0;
  const price = (points: number): number => points / 10 ** digits;
  return {
    order: trade.order,
    login: trade.login,
    symbol: trade.symbol,
    digits,
    tradeCommand: trade.command,
    volume: trade.volume,
    volumeLots: trade.volume / 100,
    tradeRecordState: trade.state,
    openPrice: price(trade.openPoints),
    sl: 0,
    tp: 0,
    openTime: moment(trade.openMsc),
    closeTime: moment(trade.closeMsc),
    closePrice: price(trade.closePoints),
    commission: amount(trade.commissionMinor),
    commissionAgent: 0,
    storage: amount(trade.swapMinor),
    profit: amount(trade.profitMinor),
    taxes: 0,
    magic: 0,
    comment: trade.comment,
    expiration: moment(0),
    tradeRecordReason: trade.reason,
    activationType: trade.stoppedOut ? 'Stopout' : 'None',
    timeStamp: moment(trade.changedMsc),
    marginRate: trade.marginRate,
  };
}

export function marginToWire(user: UserRecord, state: AccountState, updatedMsc: number): Row {
  return {
    login: user.login,
    group: user.group,
    leverage: user.leverage,
    updated: Math.floor(updatedMsc / 1000),
    balance: amount(state.balanceMinor),
    equity: amount(state.equityMinor),
    volume: 0,
    margin: amount(state.marginMinor),
    free: amount(state.marginFreeMinor),
    level: state.marginLevel,
    controllingType: 'Percent',
    levelType: 'Ok',
  };
}

export function groupToWire(group: GroupSpec): Row {
  return {
    group: group.name,
    enable: 1,
    timeout: 180,
    otpMode: 'Disabled',
    company: 'Simulated broker',
    signature: '',
    supportPage: '',
    supportEmail: '',
    copies: 0,
    reports: 1,
    defaultLeverage: group.demoLeverage,
    defaultDeposit: 0,
    maxSecurities: 4096,
    secMarginsTotal: 0,
    currency: group.currency,
    credit: 0,
    marginCall: group.marginCall,
    marginMode: 'UseAll',
    marginStopout: group.marginStopOut,
    interestRate: 0,
    useSwap: group.swapFree ? 0 : 1,
    newsMode: 'No',
    groupRights: 'Trailing, Advisor, Expiration',
    checkIEPrices: 0,
    maxPositions: 0,
    closeReopen: 0,
    hedgeProhibited: 0,
    closeFIFO: 0,
    hedgeLargeLeg: 0,
    marginControllingType: 'Percent',
    archivePeriod: 90,
    archiveMaxBalance: 0,
    stopoutSkipHedged: 0,
    archivePendingPeriod: 90,
  };
}

export function symbolToWire(symbol: SymbolSpec, marginRate: number): Row {
  const isForex = symbol.contractSize === 100_000;
  return {
    symbol: symbol.name,
    description: symbol.description,
    source: '',
    currency: symbol.quote,
    type: isForex ? 0 : 1,
    digits: symbol.digits,
    tradeMode: 'Full',
    backgroundColor: 0,
    count: 0,
    countOriginal: 0,
    realtime: 1,
    starting: moment(0),
    expiration: moment(0),
    profitCalculationMode: isForex ? 'Forex' : 'CFD',
    spread: symbol.spreadPoints,
    spreadBalance: 0,
    symbolExecMode: 'Market',
    swapEnable: 1,
    swapType: 'Points',
    swapLong: symbol.swap.longTenths / 10,
    swapShort: symbol.swap.shortTenths / 10,
    swapRollover3Days: symbol.swap.tripleDay,
    contractSize: symbol.contractSize,
    tickValue: 0,
    tickSize: 0,
    stopsLevel: 0,
    gtcMode: 'Enabled',
    marginCalculationMode: isForex ? 'Forex' : 'CFDLeverage',
    marginInitial: 0,
    marginMaintenance: 0,
    marginHedged: symbol.contractSize,
    marginDivider: 1 / marginRate,
    percentage: 100,
    point: 1 / 10 ** symbol.digits,
    multiply: 10 ** symbol.digits,
    bidTickValue: 0,
    askTickValue: 0,
    longOnly: 0,
    instantMaxVolume: 0,
    marginCurrency: isForex ? symbol.base : symbol.quote,
    freezeLevel: 0,
    marginHedgedStrong: 0,
    valueDate: moment(0),
    quotesDelay: 0,
    swapOpenPrice: 0,
    swapVariationMargin: 0,
  };
}

export function tickToWire(symbol: SymbolSpec, quote: Quote, serverMsc: number): Row {
  const price = (points: number): number => points / 10 ** symbol.digits;
  return {
    symbol: symbol.name,
    time: moment(serverMsc),
    bid: price(quote.bidPoints),
    ask: price(quote.askPoints),
  };
}

/** A moment of server time as the bridge writes it; the `Z` is the bridge's, the clock is the server's. */
export function moment(serverMsc: number): string {
  return `${new Date(Math.floor(serverMsc / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** MT4 keeps money as floating-point numbers. */
export function amount(minor: bigint): number {
  return Number(formatMinor(minor));
}
