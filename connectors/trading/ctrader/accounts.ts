import { createHash } from 'node:crypto';
import { money } from '../../../domain/money';
import {
  type AccountChanges,
  type AccountReading,
  type CreateAccountRequest,
} from '../../../domain/trading/account';
import {
  type AccountLookup,
  type CreateAccountOutcome,
  type WriteOutcome,
} from '../../../domain/trading/outcome';
import { toUtcIso } from '../../../domain/trading/server-clock';
import { matchToken, tokenOf } from '../../../domain/trading/token';
import { type Fields, orNull } from '../fields';
import { acceptsPassword, generatePassword } from '../mt5/password';
import { count, idOrNull, integer, text } from '../mt5/wire';
import { notSent, unknown, unread } from '../outcomes';
import { type FindAccountRequest, type SetPasswordRequest } from '../port';
import { accessOf, accessWith, rightsOf } from './access';
import { minorOf } from './amounts';
import { type CtraderContext } from './context';
import { pairName, parsePair } from './group-name';
import { classifyWrite } from './write-outcome';

/** `leverageInCents`: 1:100 is 10000. */
const leverageScale = 100;

/**
 * Makes a hedged log-in without money. `description` carries the token of our account id, by which a lost answer
 * is found. cTrader chooses the log-in. The password is random and forgotten at once.
 */
export async function createAccount(
  context: CtraderContext,
  request: CreateAccountRequest,
): Promise<CreateAccountOutcome> {
  const group = parsePair(request.group);
  if (group === null) {
    return notSent('INVALID_PARAMETERS', 'a group of cTrader is written with its currency');
  }
  if (request.login !== undefined) {
    return notSent('INVALID_PARAMETERS', 'cTrader chooses the log-in itself');
  }
  let countryId: number | null;
  try {
    countryId = request.country === undefined ? null : await context.countryId(request.country);
  } catch (error) {
    return unread(error);
  }
  const reply = await context.web.write({
    method: 'POST',
    path: 'traders',
    body: JSON.stringify({
      accessRights: rightsOf(request.access ?? accessWith(request.rights)),
      accountType: 'HEDGED',
      totalMarginCalculationType: 'MAX',
      balance: 0,
      brokerName: context.brokerName,
      groupName: group.name,
      depositCurrency: group.currency,
      leverageInCents: request.leverage * leverageScale,
      swapFree: request.swapFree ?? false,
      hashedPassword: md5(generatePassword()),
      name: request.firstName,
      lastName: request.lastName,
      description: tokenOf(request.accountId),
      contactDetails: {
        email: request.email,
        ...(request.phone === undefined ? {} : { phone: request.phone }),
        ...(countryId === null ? {} : { countryId }),
      },
    }),
  });
  const outcome = classifyWrite(reply);
  if (outcome.kind !== 'done') return outcome;
  const login = orNull(() => idOrNull(outcome.answer, 'login'));
  return login === null
    ? unknown('the server says done and names no log-in', null)
    : { kind: 'done', login };
}

/** Looks through the group for the log-in that carries the account's token. Never throws. */
export async function findAccount(
  context: CtraderContext,
  request: FindAccountRequest,
): Promise<AccountLookup> {
  const token = tokenOf(request.accountId);
  try {
    const pair = parsePair(request.group);
    if (pair === null) return { kind: 'error', reason: 'a group is written with its currency' };
    const groupId = await context.groupIdOf(pair.name);
    const { now } = await context.measure();
    const window = { fromMs: 0, toMs: now.serverTimeMsc + dayMs, groupId };
    const ours = (await context.traders(window)).filter(
      ({ fields }) => matchToken(text(fields, 'description'), token) === 'whole',
    );
    const [only, ...others] = ours;
    if (only === undefined) return { kind: 'absent' };
    if (others.length > 0) {
      const logins = ours.map(({ login }) => login);
      return { kind: 'ambiguous', reason: 'more than one log-in carries the account', logins };
    }
    return { kind: 'found', login: only.login, group: await context.groupOf(only) };
  } catch (error) {
    return { kind: 'error', reason: error instanceof Error ? error.message : 'unknown error' };
  }
}

const dayMs = 86_400_000;

/** Changes what is named and nothing else (PATCH). Access is one word there, so it is read first. */
export async function updateAccount(
  context: CtraderContext,
  login: string,
  changes: AccountChanges,
): Promise<WriteOutcome> {
  let known: Fields | null;
  let countryId: number | null;
  try {
    known = await context.web.readOrNull(`traders/${login}`);
    countryId = changes.country === undefined ? null : await context.countryId(changes.country);
  } catch (error) {
    return unread(error);
  }
  if (known === null) return notSent('NOT_FOUND', `there is no log-in ${login}`);
  const group = changes.group === undefined ? undefined : parsePair(changes.group);
  if (group === null) {
    return notSent('INVALID_PARAMETERS', 'a group of cTrader is written with its currency');
  }
  if (group !== undefined && group.currency !== text(known, 'depositCurrency')) {
    return notSent('OTHER_CURRENCY', 'the group has another currency than the account');
  }
  const access = changes.access && { ...accessOf(text(known, 'accessRights')), ...changes.access };
  const contactDetails = defined({
    email: changes.email,
    phone: changes.phone,
    countryId: countryId ?? undefined,
  });
  const body = defined({
    groupName: group?.name,
    leverageInCents: changes.leverage === undefined ? undefined : changes.leverage * leverageScale,
    accessRights: access === undefined ? undefined : rightsOf(access),
    name: changes.firstName,
    lastName: changes.lastName,
    contactDetails: Object.keys(contactDetails).length === 0 ? undefined : contactDetails,
  });
  const outcome = classifyWrite(
    await context.web.write({
      method: 'PATCH',
      path: `traders/${login}`,
      body: JSON.stringify(body),
    }),
  );
  return outcome.kind === 'done' ? { kind: 'done' } : outcome;
}

/** A log-in with its money; null when the server has none. */
export async function readAccount(
  context: CtraderContext,
  login: string,
): Promise<AccountReading | null> {
  if (!/^\d+$/.test(login)) return null;
  const account = await context.web.readOrNull(`traders/${login}`);
  if (account === null) return null;
  const clock = await context.clock();
  const amounts = amountsOf(account);
  const moment = (name: string): string | null => {
    const ms = count(account, name);
    return ms === 0 ? null : toUtcIso(clock, ms);
  };
  return {
    login,
    group: pairName({ name: text(account, 'groupName'), currency: amounts.currency }),
    currency: amounts.currency,
    leverage: Math.round(count(account, 'leverageInCents') / leverageScale),
    access: accessOf(text(account, 'accessRights')),
    accountToken: text(account, 'description'),
    balance: amounts.of('balance'),
    credit: amounts.of('nonWithdrawableBonus'),
    floating: money(
      amounts.of('equity').amountMinor -
        amounts.of('balance').amountMinor -
        amounts.of('bonus').amountMinor -
        amounts.of('nonWithdrawableBonus').amountMinor,
      amounts.currency,
    ),
    equity: amounts.of('equity'),
    margin: amounts.of('usedMargin'),
    marginFree: amounts.of('freeMargin'),
    registeredAt: moment('registrationTimestamp'),
    lastAccessAt: moment('lastConnectionTimestamp'),
  };
}

/** Money of an account as WebServices tells it: integers of 10^-moneyDigits. */
export function amountsOf(account: Fields) {
  const currency = text(account, 'depositCurrency');
  const digits = count(account, 'moneyDigits');
  return {
    currency,
    of: (name: string) => money(minorOf(integer(account, name), digits, currency), currency),
  };
}

/** Sets the password by its MD5. There is no second, looking-only one. */
export async function setPassword(
  context: CtraderContext,
  request: SetPasswordRequest,
): Promise<WriteOutcome> {
  if (request.kind !== 'main') {
    return notSent('INVALID_PARAMETERS', 'cTrader has no password for looking only');
  }
  if (!acceptsPassword(request.password)) {
    return notSent('PASSWORD_REJECTED', '8 to 16 characters of four classes are asked for');
  }
  const { login, password } = request;
  if (!/^\d{1,15}$/.test(login)) return notSent('NOT_FOUND', `there is no log-in ${login}`);
  const outcome = classifyWrite(
    await context.web.write({
      method: 'POST',
      path: `traders/${login}/changepassword`,
      body: JSON.stringify({ login: Number(login), hashedPassword: md5(password) }),
    }),
  );
  if (outcome.kind === 'done') return { kind: 'done' };
  const rejected = outcome.kind === 'refused' && outcome.code === 'INVALID_PARAMETERS';
  return rejected ? { ...outcome, code: 'PASSWORD_REJECTED' } : outcome;
}

/** cTrader takes passwords as their MD5. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
