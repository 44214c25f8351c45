import { createHash } from 'node:crypto';
import type { Exchange } from '../brokerage/exchange';
import { lasts } from '../brokerage/faults';
import { digestPassword, passwordMatches } from '../brokerage/passwords';
import type { UserRecord } from '../brokerage/records';
import { isObject, type JsonObject, text } from '../http/control';
import { ACCESS_RIGHTS, type AccessRights, accessOf, CtraderError, rightsOf } from './codes';
import { CTRADER_GROUPS, splitGroup } from './groups';
import { MONEY_DIGITS } from './wire';

/** Passwords that nobody should have; only their digests ever arrive. */
const WEAK: ReadonlySet<string> = new Set(
  ['', 'password', 'Password1', '12345678', 'qwerty123', 'qwerty'].map((word) =>
    createHash('md5').update(word).digest('hex'),
  ),
);

const REQUIRED = [
  'accessRights',
  'accountType',
  'brokerName',
  'depositCurrency',
  'groupName',
  'hashedPassword',
  'leverageInCents',
] as const;

/** Makes an account; cTrader picks the log-in. */
export function createTrader(exchange: Exchange, body: JsonObject, nowMs: number): UserRecord {
  requireAll(body, [...REQUIRED, 'balance']);
  const group = groupPair(exchange, body, '/');
  const user: UserRecord = {
    login: exchange.book.freeLogin(group),
    group,
    rights: rightsOf('FULL_ACCESS'),
    leverage: 1,
    registration: Math.floor((nowMs + exchange.offsetMs()) / 1000),
    texts: {},
    numbers: {},
    passwords: { main: digestPassword(requirePassword(exchange, body)), investor: '' },
  };
  const made = changedTrader(exchange, user, body);
  exchange.book.commit([{ kind: 'user', user: made }]);
  return made;
}

/** PATCH changes what is named; PUT sets the rest back to nothing. */
export function updateTrader(
  exchange: Exchange,
  login: number,
  body: JsonObject,
  mode: 'PUT' | 'PATCH',
): void {
  const known = exchange.book.user(login);
  if (mode === 'PUT') requireAll(body, REQUIRED);
  const from = mode === 'PUT' ? { ...known, texts: {} } : known;
  exchange.book.commit([{ kind: 'user', user: changedTrader(exchange, from, body) }]);
}

export function changePassword(exchange: Exchange, login: number, body: JsonObject): void {
  const user = exchange.book.user(login);
  const main = digestPassword(requirePassword(exchange, body));
  exchange.book.commit([{ kind: 'user', user: { ...user, passwords: { main, investor: '' } } }]);
}

export function hasPassword(user: UserRecord, hash: string): boolean {
  return passwordMatches(hash, user.passwords.main);
}

/** An account as WebServices shows it; money is an integer in 10^-moneyDigits. */
export function traderJson(exchange: Exchange, user: UserRecord, at: number): JsonObject {
  const state = exchange.state(user.login, at);
  const { name, currency } = splitGroup(user.group);
  const registered = user.registration * 1000;
  return {
    login: user.login,
    groupName: name,
    depositCurrency: currency,
    accessRights: accessOf(user.rights),
    accountType: 'HEDGED',
    brokerName: user.texts.Company ?? '',
    name: user.texts.FirstName ?? '',
    lastName: user.texts.LastName ?? '',
    description: user.texts.Comment ?? '',
    contactDetails: {
      email: user.texts.Email ?? '',
      phone: user.texts.Phone ?? '',
      countryId: Number(user.texts.Country ?? '0'),
    },
    leverageInCents: user.leverage * 100,
    balance: Number(state.balanceMinor),
    bonus: 0,
    nonWithdrawableBonus: Number(state.creditMinor),
    equity: Number(state.equityMinor),
    usedMargin: Number(state.marginMinor),
    freeMargin: Number(state.marginFreeMinor),
    cashEquity: Number(state.equityMinor - state.creditMinor),
    moneyDigits: MONEY_DIGITS,
    registrationTimestamp: registered,
    lastUpdateTimestamp: registered,
    lastConnectionTimestamp: registered,
    totalMarginCalculationType: 'MAX',
    swapFree: user.swapFree ?? false,
    sendOwnStatement: false,
    isLimitedRisk: false,
  };
}

function changedTrader(exchange: Exchange, user: UserRecord, body: JsonObject): UserRecord {
  const contact = isObject(body.contactDetails) ? body.contactDetails : {};
  const { leverageInCents, accessRights } = body;
  const country = typeof contact.countryId === 'number' ? String(contact.countryId) : undefined;
  const said = {
    FirstName: text(body, 'name'),
    LastName: text(body, 'lastName'),
    Comment: text(body, 'description'),
    Company: text(body, 'brokerName'),
    Email: text(contact, 'email'),
    Phone: text(contact, 'phone'),
    Country: country,
  };
  const named = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return {
    ...user,
    group: groupPair(exchange, body, user.group),
    rights: accessRights === undefined ? user.rights : rightsOf(accessNamed(accessRights)),
    leverage: leverageInCents === undefined ? user.leverage : leverageOf(leverageInCents),
    texts: { ...user.texts, ...named },
    ...(typeof body.swapFree === 'boolean' ? { swapFree: body.swapFree } : {}),
  };
}

/** The pair of group and currency that the body names, the rest taken from the pair it had. */
function groupPair(exchange: Exchange, body: JsonObject, had: string): string {
  const before = splitGroup(had);
  const name = text(body, 'groupName') ?? before.name;
  const currency = text(body, 'depositCurrency') ?? before.currency;
  if (!CTRADER_GROUPS.some((group) => group.name === name)) {
    throw new CtraderError('TRADER_GROUP_NOT_FOUND', `no group ${name}`, 404);
  }
  if (before.currency !== '' && before.currency !== currency) {
    throw new CtraderError('DEPOSIT_CURRENCY_NOT_ALLOWED', 'an account keeps its currency');
  }
  const pair = `${name}/${currency}`;
  if (!exchange.book.findGroup(pair)) {
    throw new CtraderError('UNKNOWN_DEPOSIT_CURRENCY', `no deposit currency ${currency}`);
  }
  return pair;
}

function accessNamed(value: unknown): AccessRights {
  const found = ACCESS_RIGHTS.find((name) => name === value);
  if (!found) throw new CtraderError('INVALID_REQUEST', 'no such accessRights');
  return found;
}

function leverageOf(cents: unknown): number {
  if (typeof cents !== 'number' || !Number.isInteger(cents / 100) || cents < 100) {
    throw new CtraderError('WRONG_LEVERAGE', 'leverageInCents: 10000 is 1:100');
  }
  return cents / 100;
}

function requirePassword({ book }: Exchange, body: JsonObject): string {
  const hash = text(body, 'hashedPassword') ?? '';
  if (!/^[0-9a-f]{32}$/i.test(hash)) {
    throw new CtraderError('INVALID_REQUEST', 'hashedPassword is the MD5 in hex');
  }
  if (lasts(book.faults, 'weak_password') || WEAK.has(hash.toLowerCase())) {
    throw new CtraderError('INVALID_REQUEST', 'password too weak');
  }
  return hash.toLowerCase();
}

function requireAll(body: JsonObject, names: readonly string[]): void {
  const missing = names.filter((name) => body[name] === undefined);
  if (missing.length > 0) {
    throw new CtraderError('INVALID_REQUEST', `missing: ${missing.join(', ')}`);
  }
}
