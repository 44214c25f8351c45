import { isCancelled } from '../brokerage/cancelled-deals';
import type { Exchange } from '../brokerage/exchange';
import {
  ACTION,
  closes,
  type Deal,
  movedMinor,
  type Position,
  type UserRecord,
} from '../brokerage/records';
import { findSymbol, SYMBOLS, type SymbolSpec } from '../market/symbols';
import { ACCESS_RIGHTS, accessOf, CHANGE_BALANCE, DEAL_STATUS } from './codes';
import type { CtraderBook } from './book';
import { DEPOSIT_CURRENCIES, groupId, splitGroup } from './groups';
import type { Fields } from './messages';

export const MONEY_DIGITS = 2;
/** Swaps are charged at 21:00 UTC, where a trading day ends. */
export const ROLLOVER_MINUTE = 21 * 60;
/** Log-ins and trader ids are two numbers at cTrader; whoever takes one for the other finds nobody. */
const TRADER_ID_OFFSET = 5_000_000;
const BUY = 1;
const SELL = 2;
const OPEN = 1;

export function traderIdOf(login: number): number {
  return login + TRADER_ID_OFFSET;
}

export function loginOf(traderId: number): number {
  return traderId - TRADER_ID_OFFSET;
}

/** What each currency and instrument is, as an asset. */
export const ASSETS: readonly string[] = [
  ...new Set(SYMBOLS.flatMap(({ base, quote }) => [quote, base])),
];

export function assetId(name: string): number {
  return ASSETS.indexOf(name) + 1;
}

export function symbolId(name: string): number {
  return SYMBOLS.findIndex((symbol) => symbol.name === name) + 1;
}

export const COUNTRIES: readonly (readonly [id: number, name: string, code: string])[] = [
  [57, 'Cyprus', 'CY'],
  [82, 'Germany', 'DE'],
  [117, 'Kenya', 'KE'],
  [203, 'South Africa', 'ZA'],
  [217, 'Thailand', 'TH'],
  [230, 'United Arab Emirates', 'AE'],
];

export function assetRecord(name: string): Fields {
  const deposit = DEPOSIT_CURRENCIES.some((currency) => currency === name);
  return {
    assetId: assetId(name),
    name,
    description: name,
    type: 1,
    depositAsset: deposit,
    depositable: deposit,
    digits: MONEY_DIGITS,
  };
}

export function symbolRecord(symbol: SymbolSpec): Fields {
  return {
    symbolId: symbolId(symbol.name),
    name: symbol.name,
    digits: symbol.digits,
    pipPosition: Math.max(0, symbol.digits - 1),
    enabled: true,
    description: symbol.description,
    lotSize: lotSize(symbol),
    baseAssetId: assetId(symbol.base),
    quoteAssetId: assetId(symbol.quote),
    defaultSwapTime: ROLLOVER_MINUTE,
    defaultSwapPeriod: 24,
  };
}

export function traderRecord(book: CtraderBook, user: UserRecord): Fields {
  const { balanceMinor, creditMinor } = book.holding(user.login);
  const registered = user.registration * 1000;
  return {
    traderId: traderIdOf(user.login),
    login: user.login,
    groupId: groupId(user.group),
    balance: balanceMinor,
    accountType: 0,
    name: user.texts.FirstName ?? '',
    lastName: user.texts.LastName ?? '',
    description: user.texts.Comment ?? '',
    countryId: Number(user.texts.Country ?? '0'),
    phone: user.texts.Phone ?? '',
    email: user.texts.Email ?? '',
    registrationTimestamp: registered,
    lastConnectTimestamp: registered,
    utcLastUpdateTimestamp: registered,
    balanceVersion: book.versionOf(user.login),
    accessRights: ACCESS_RIGHTS.indexOf(accessOf(user.rights)),
    depositAssetId: assetId(splitGroup(user.group).currency),
    nonWithdrawableBonus: creditMinor,
    leverageInCents: user.leverage * 100,
    brokerName: user.texts.Company ?? '',
    moneyDigits: MONEY_DIGITS,
  };
}

/** A fill. What it did to the balance stands in its closing detail; a deal that was cancelled keeps its place. */
export function dealRecord(book: CtraderBook, deal: Deal): Fields {
  const symbol = requireSymbol(deal.symbol);
  const price = deal.pricePoints / 10 ** symbol.digits;
  return {
    dealId: deal.ticket,
    orderId: deal.order,
    positionId: deal.positionId,
    traderId: traderIdOf(deal.login),
    volume: volumeOf(symbol, deal.volume),
    filledVolume: volumeOf(symbol, deal.volume),
    symbolId: symbolId(symbol.name),
    createTimestamp: deal.timeMsc,
    executionTimestamp: deal.timeMsc,
    utcLastUpdateTimestamp: deal.editedMsc ?? deal.timeMsc,
    executionPrice: price,
    tradeSide: deal.action === ACTION.buy ? BUY : SELL,
    dealStatus: isCancelled(deal) ? DEAL_STATUS.error : DEAL_STATUS.filled,
    dealType: 1,
    marginRate: deal.rateMargin,
    commission: closes(deal) ? deal.commissionMinor / 2n : deal.commissionMinor,
    channel: deal.reason === 1 ? 'cBot' : 'cTrader',
    comment: deal.comment,
    lotSize: lotSize(symbol),
    moneyDigits: MONEY_DIGITS,
    ...(closes(deal) ? { closePositionDetail: closing(book, deal, symbol) } : {}),
  };
}

function closing(book: CtraderBook, deal: Deal, symbol: SymbolSpec): Fields {
  const mark = book.markOf(deal.ticket);
  return {
    entryPrice: deal.positionPoints / 10 ** symbol.digits,
    profit: deal.profitMinor,
    swap: deal.swapMinor ?? 0n,
    commission: deal.commissionMinor,
    balance: mark.balanceMinor,
    quoteToDepositConversionRate: deal.rateProfit,
    closedVolume: volumeOf(symbol, deal.volumeClosed),
    balanceVersion: mark.version,
    netProfit: movedMinor(deal),
    moneyDigits: MONEY_DIGITS,
  };
}

/** A balance operation; `delta` is its size, its type says whether it came or went. */
export function historyRecord(book: CtraderBook, deal: Deal): Fields {
  const mark = book.markOf(deal.ticket);
  const out = deal.profitMinor < 0n;
  const credit = deal.action === ACTION.credit;
  const bonus = out ? CHANGE_BALANCE.withdrawBonus : CHANGE_BALANCE.depositBonus;
  const plain = out ? CHANGE_BALANCE.withdraw : CHANGE_BALANCE.deposit;
  return {
    operationType: credit ? bonus : plain,
    balanceHistoryId: deal.ticket,
    traderId: traderIdOf(deal.login),
    balance: mark.balanceMinor,
    delta: out ? -deal.profitMinor : deal.profitMinor,
    changeBalanceTimestamp: deal.timeMsc,
    comment: deal.comment,
    balanceVersion: mark.version,
    nonWithdrawableBonus: mark.creditMinor,
    source: SOURCES.get(deal.action) ?? '',
    externalId: deal.externalId ?? '',
    moneyDigits: MONEY_DIGITS,
  };
}

/** Deposits and withdrawals are of one type at cTrader; `source` is where their sender tells them apart. */
const SOURCES: ReadonlyMap<number, string> = new Map([
  [ACTION.charge, 'charge'],
  [ACTION.correction, 'correction'],
  [ACTION.bonus, 'bonus'],
]);

export function actionOf(credit: boolean, source: string): number {
  if (credit) return ACTION.credit;
  return [...SOURCES].find(([, name]) => name === source)?.[0] ?? ACTION.balance;
}

export function positionRecord(exchange: Exchange, position: Position): Fields {
  const symbol = requireSymbol(position.symbol);
  const { leverage } = exchange.book.user(position.login);
  return {
    positionId: position.id,
    tradeData: {
      symbolId: symbolId(symbol.name),
      volume: volumeOf(symbol, position.volume),
      tradeSide: position.action === ACTION.buy ? BUY : SELL,
      traderId: traderIdOf(position.login),
      openTimestamp: position.createdMsc,
      comment: position.comment,
      lotSize: lotSize(symbol),
    },
    positionStatus: OPEN,
    swap: position.swapMinor ?? 0n,
    price: position.openPoints / 10 ** symbol.digits,
    utcLastUpdateTimestamp: position.updatedMsc,
    commission: exchange.commissionOf(position.login, position.volume),
    marginRate: position.rateMargin,
    usedMargin: exchange.marginOf([position], leverage),
    moneyDigits: MONEY_DIGITS,
  };
}

/** 1/10,000 lot as cTrader counts: hundredths of the base unit. */
export function volumeOf(symbol: SymbolSpec, volume: number): number {
  return (symbol.contractSize * volume) / 100;
}

function lotSize(symbol: SymbolSpec): number {
  return symbol.contractSize * 100;
}

export function requireSymbol(name: string): SymbolSpec {
  const symbol = findSymbol(name);
  if (!symbol) throw new Error(`no symbol ${name}`);
  return symbol;
}
