import type { AccountBook } from '../brokerage/account-book';
import { CURRENCY_DIGITS, formatMinor } from '../brokerage/amounts';
import { isCancelled } from '../brokerage/cancelled-deals';
import type { Exchange } from '../brokerage/exchange';
import type { GroupSpec } from '../brokerage/groups';
import {
  USER_NUMBERS,
  USER_TEXTS,
  type Deal,
  type Position,
  type UserRecord,
} from '../brokerage/records';
import { findSymbol } from '../market/symbols';

/** Records as the Web API writes them: every number is a JSON string. */
export type Wire = string | Wire[] | { [field: string]: Wire };
export type WireRecord = Record<string, Wire>;

export function userToWire(book: AccountBook, user: UserRecord): WireRecord {
  const { balanceMinor, creditMinor } = book.holding(user.login);
  const texts = Object.fromEntries(USER_TEXTS.map((name) => [name, user.texts[name] ?? '']));
  const numbers = Object.fromEntries(
    USER_NUMBERS.map((name) => [name, String(user.numbers[name] ?? 0)]),
  );
  return {
    Login: String(user.login),
    Group: user.group,
    CertSerialNumber: '0',
    Rights: String(user.rights),
    Registration: String(user.registration),
    LastAccess: String(user.registration),
    LastPassChange: String(user.registration),
    LastIP: '0.0.0.0',
    ...texts,
    ...numbers,
    Leverage: String(user.leverage),
    Balance: formatMinor(balanceMinor),
    Credit: formatMinor(creditMinor),
    InterestRate: '0.00',
    CommissionDaily: '0.00',
    CommissionMonthly: '0.00',
    LimitOrders: '0',
    LimitPositionsValue: '0.00',
    ApiData: [],
  };
}

export function accountToWire(exchange: Exchange, login: number, at: number): WireRecord {
  const user = exchange.book.user(login);
  const state = exchange.state(login, at);
  const group = exchange.book.groupOf(login);
  const called = state.marginMinor > 0n && state.marginLevel <= group.marginCall;
  const stopped = state.marginMinor > 0n && state.marginLevel <= group.marginStopOut;
  return {
    Login: String(login),
    CurrencyDigits: String(CURRENCY_DIGITS),
    Balance: formatMinor(state.balanceMinor),
    Credit: formatMinor(state.creditMinor),
    Margin: formatMinor(state.marginMinor),
    MarginFree: formatMinor(state.marginFreeMinor),
    MarginLevel: state.marginLevel.toFixed(2),
    MarginLeverage: String(user.leverage),
    MarginInitial: '0.00',
    MarginMaintenance: '0.00',
    Profit: formatMinor(state.floatingMinor - state.swapMinor),
    Storage: formatMinor(state.swapMinor),
    Commission: '0.00',
    Floating: formatMinor(state.floatingMinor),
    Equity: formatMinor(state.equityMinor),
    SOActivation: stopped ? '2' : called ? '1' : '0',
    SOTime: '0',
    SOLevel: '0.00',
    SOEquity: '0.00',
    SOMargin: '0.00',
    BlockedCommission: '0.00',
    BlockedProfit: '0.00',
    Assets: '0.00',
    Liabilities: '0.00',
  };
}

/** A cancelled buy is 13, a cancelled sell 14. */
const CANCELLED_ACTIONS = 13;

export function dealToWire(deal: Deal): WireRecord {
  const symbol = findSymbol(deal.symbol);
  const digits = symbol?.digits ?? 0;
  const price = (points: number): string => priceToWire(points, digits);
  return {
    Deal: String(deal.ticket),
    ExternalID: '',
    Login: String(deal.login),
    Dealer: String(deal.dealer),
    Order: String(deal.order),
    Action: String(isCancelled(deal) ? deal.action + CANCELLED_ACTIONS : deal.action),
    Entry: String(deal.entry),
    Reason: String(deal.reason),
    Digits: String(digits),
    DigitsCurrency: String(CURRENCY_DIGITS),
    ContractSize: (symbol?.contractSize ?? 0).toFixed(2),
    Time: String(Math.floor(deal.timeMsc / 1000)),
    TimeMsc: String(deal.timeMsc),
    Symbol: deal.symbol,
    Price: price(deal.pricePoints),
    PriceSL: price(0),
    PriceTP: price(0),
    Volume: String(deal.volume),
    VolumeExt: volumeExt(deal.volume),
    VolumeClosed: String(deal.volumeClosed),
    VolumeClosedExt: volumeExt(deal.volumeClosed),
    Profit: formatMinor(deal.profitMinor),
    Value: '0.00',
    Storage: formatMinor(deal.swapMinor ?? 0n),
    Commission: formatMinor(deal.commissionMinor),
    Fee: '0.00',
    RateProfit: deal.rateProfit.toFixed(8),
    RateMargin: deal.rateMargin.toFixed(8),
    ExpertID: '0',
    PositionID: String(deal.positionId),
    Comment: deal.comment,
    ProfitRaw: rawProfit(deal),
    PricePosition: price(deal.positionPoints),
    TickValue: '0.00000',
    TickSize: '0.00000',
    Flags: '0',
    Gateway: '',
    PriceGateway: price(0),
    MarketBid: price(deal.bidPoints),
    MarketAsk: price(deal.askPoints),
    MarketLast: price(0),
    ModifyFlags: String(deal.modifyFlags),
    ModificationFlags: String(deal.modifyFlags),
    ApiData: [],
  };
}

/** Profit in the symbol's own quote currency. */
function rawProfit(deal: Deal): string {
  if (deal.rateProfit === 0 || deal.entry === 0) return '0.00';
  return (Number(deal.profitMinor) / 10 ** CURRENCY_DIGITS / deal.rateProfit).toFixed(2);
}

export function positionToWire(exchange: Exchange, position: Position, at: number): WireRecord {
  const symbol = findSymbol(position.symbol);
  const digits = symbol?.digits ?? 0;
  const now = exchange.floating(position, at);
  return {
    Position: String(position.id),
    ExternalID: '',
    Login: String(position.login),
    Dealer: '0',
    Symbol: position.symbol,
    Action: String(position.action),
    Digits: String(digits),
    DigitsCurrency: String(CURRENCY_DIGITS),
    Reason: '0',
    ContractSize: (symbol?.contractSize ?? 0).toFixed(2),
    TimeCreate: String(Math.floor(position.createdMsc / 1000)),
    TimeUpdate: String(Math.floor(position.updatedMsc / 1000)),
    TimeCreateMsc: String(position.createdMsc),
    TimeUpdateMsc: String(position.updatedMsc),
    ModifyFlags: '0',
    PriceOpen: priceToWire(position.openPoints, digits),
    PriceCurrent: priceToWire(now.points, digits),
    PriceSL: priceToWire(0, digits),
    PriceTP: priceToWire(0, digits),
    Volume: String(position.volume),
    VolumeExt: volumeExt(position.volume),
    Profit: formatMinor(now.minor),
    Storage: formatMinor(position.swapMinor ?? 0n),
    RateProfit: now.rate.toFixed(8),
    RateMargin: position.rateMargin.toFixed(8),
    ExpertID: '0',
    ExpertPositionID: '0',
    Comment: position.comment,
    ActivationMode: '0',
    ActivationTime: '0',
    ActivationPrice: priceToWire(0, digits),
    ActivationFlags: '0',
    ApiData: [],
  };
}

export function groupToWire(group: GroupSpec): WireRecord {
  return {
    Group: group.name,
    Server: '1',
    PermissionsFlags: '2',
    AuthMode: '0',
    AuthPasswordMin: '8',
    AuthOTPMode: '0',
    Company: 'Simulated broker',
    Currency: group.currency,
    CurrencyDigits: String(CURRENCY_DIGITS),
    TradeFlags: '0',
    MarginMode: '2',
    MarginFlags: '0',
    MarginSOMode: '0',
    MarginFreeMode: '1',
    MarginCall: group.marginCall.toFixed(2),
    MarginStopOut: group.marginStopOut.toFixed(2),
    MarginFreeProfitMode: '0',
    DemoLeverage: String(group.demoLeverage),
    DemoDeposit: '0.00',
    LimitHistory: '0',
    LimitOrders: '0',
    LimitSymbols: '0',
    LimitPositions: '0',
    Commissions: [
      {
        Name: 'Per lot and side',
        Path: '*',
        Mode: '0',
        EntryMode: '0',
        Tiers: [
          {
            Mode: '2',
            Type: '1',
            Value: formatMinor(group.commissionPerLotMinor),
            RangeFrom: '0.00',
            RangeTo: '100000.00',
            Currency: group.currency,
          },
        ],
      },
    ],
    Symbols: [
      {
        Path: '*',
        TradeMode: group.closeOnly ? '3' : '4',
        ExecMode: '2',
        SpreadDiff: '0',
        ...(group.swapFree ? { SwapMode: '0' } : {}),
      },
    ],
  };
}

/** Points to a decimal price without going through a float: 108123 at 5 digits is `1.08123`. */
export function priceToWire(points: number, digits: number): string {
  const text = String(points).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** MT5's long volume: 1e8 a lot where `Volume` has 10,000. */
export function volumeExt(volume: number): string {
  return String(volume * 10_000);
}
