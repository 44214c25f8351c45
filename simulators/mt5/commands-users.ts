import { digestPassword, passwordMatches } from '../brokerage/passwords';
import { lasts } from '../brokerage/faults';
import { passwordIsStrong } from './auth';
import { formatMinor } from '../brokerage/amounts';
import type { Command, CommandContext } from './command';
import type { Exchange } from '../brokerage/exchange';
import type { Params } from './params';
import { USER_NUMBERS, USER_TEXTS, type UserRecord } from '../brokerage/records';
import { Refusal } from '../brokerage/refusal';
import { accountToWire, userToWire } from './wire';

const DEFAULT_RIGHTS = 0x163;
const DEFAULT_LEVERAGE = 100;
const MOST_LEVERAGE = 3000;
const CHECK_BALANCE_DIGITS = 6;

const add: Command = (params, { exchange, now }) => {
  const { book } = exchange;
  const group = book.findGroup(params.text('group'));
  if (!group) throw new Refusal('not_found');
  const main = params.anyOf('PassMain', 'MainPassword');
  const investor = params.anyOf('PassInvestor', 'InvestPassword');
  requireStrong(exchange, main, investor);
  const asked = params.wholeOr('login', 0);
  if (asked < 0) throw new Refusal('parameters');
  if (asked > 0 && book.loginIsUsed(asked)) throw new Refusal('exists');
  const user: UserRecord = {
    ...fieldsOf(params),
    login: asked > 0 ? asked : book.freeLogin(group.name),
    group: group.name,
    leverage: leverageOf(params, group.demoLeverage || DEFAULT_LEVERAGE),
    registration: Math.floor((now + exchange.offsetMs()) / 1000),
    passwords: { main: digestPassword(main), investor: digestPassword(investor) },
  };
  book.commit([{ kind: 'user', user }]);
  return { answer: userToWire(book, user) };
};

/** Replaces the record: whatever the client leaves out is emptied. Balance, registration and passwords are the server's. */
const update: Command = (params, { exchange }) => {
  const { book } = exchange;
  const known = book.user(params.whole('login'));
  const group = book.findGroup(params.text('group'));
  if (!group) throw new Refusal('parameters');
  if (group.currency !== book.groupOf(known.login).currency) throw new Refusal('other_currency');
  const user: UserRecord = {
    ...known,
    ...fieldsOf(params),
    group: group.name,
    leverage: leverageOf(params, null),
  };
  book.commit([{ kind: 'user', user }]);
  return { answer: userToWire(book, user) };
};

const remove: Command = (params, { exchange }) => {
  const { book } = exchange;
  const login = book.user(params.whole('login')).login;
  const traded = book.dealsOf(login).some((deal) => deal.symbol !== '');
  if (traded || book.positionsOf(login).length > 0) throw new Refusal('has_trades');
  book.commit([{ kind: 'user-removed', login }]);
  return {};
};

const checkPassword: Command = (params, { exchange }) => {
  const { passwords } = exchange.book.user(params.whole('login'));
  const digest = passwords[passwordKind(params)];
  if (!digest || !passwordMatches(params.text('password'), digest)) throw new Refusal('password');
  return {};
};

const changePassword: Command = (params, { exchange }) => {
  const user = exchange.book.user(params.whole('login'));
  const kind = passwordKind(params);
  const password = params.text('password');
  requireStrong(exchange, password);
  const passwords = { ...user.passwords, [kind]: digestPassword(password) };
  exchange.book.commit([{ kind: 'user', user: { ...user, passwords } }]);
  return {};
};

/** Compares the stored balance with the deals a client can see now. `fixflag=1` rewrites it from them, as the real one does. */
const checkBalance: Command = (params, { exchange, now }) => {
  const { book } = exchange;
  const login = book.user(params.whole('login')).login;
  const stored = book.holding(login);
  const history = book.sumOfDeals(login, now);
  if (params.text('fixflag') === '1') {
    const balanceMinor = history.balanceMinor - stored.balanceMinor;
    const creditMinor = history.creditMinor - stored.creditMinor;
    book.commit([{ kind: 'balance-tampered', login, balanceMinor, creditMinor }]);
  }
  const digits = CHECK_BALANCE_DIGITS;
  return {
    answer: {
      Balance: {
        User: formatMinor(stored.balanceMinor, digits),
        History: formatMinor(history.balanceMinor, digits),
      },
      Credit: {
        User: formatMinor(stored.creditMinor, digits),
        History: formatMinor(history.creditMinor, digits),
      },
    },
  };
};

export const USER_COMMANDS: Record<string, Command> = {
  'user/add': add,
  'user/update': update,
  'user/delete': remove,
  'user/get': (params, { exchange }) => ({
    answer: userToWire(exchange.book, exchange.book.user(params.whole('login'))),
  }),
  'user/get_batch': (params, context) => ({
    answer: selectedLogins(params, context).map((login) =>
      userToWire(context.exchange.book, context.exchange.book.user(login)),
    ),
  }),
  'user/logins': (params, { exchange }) => ({
    answer: exchange.book.loginsIn(params.text('group') || '*').map(String),
  }),
  'user/total': (_params, { exchange }) => {
    const total = String(exchange.book.users.size);
    return { answer: { Total: total, total } };
  },
  'user/group': (params, { exchange }) => ({
    answer: { Group: exchange.book.user(params.whole('login')).group },
  }),
  'user/check_password': checkPassword,
  'user/change_password': changePassword,
  'user/check_balance': checkBalance,
  'user/account/get': (params, { exchange, now }) => ({
    answer: accountToWire(exchange, exchange.book.user(params.whole('login')).login, now),
  }),
  'user/account/get_batch': (params, context) => ({
    answer: selectedLogins(params, context).map((login) =>
      accountToWire(context.exchange, login, context.now),
    ),
  }),
};

/** Log-ins that `login=` lists or `group=` masks; unknown ones are left out, neither given is refused. */
export function selectedLogins(params: Params, { exchange }: CommandContext): number[] {
  const { book } = exchange;
  const listed = params.wholes('login').filter((login) => book.users.has(login));
  if (listed.length > 0 || params.text('login') !== '') return listed;
  if (params.text('group') === '') throw new Refusal('parameters');
  return book.loginsIn(params.text('group'));
}

function fieldsOf(params: Params): Pick<UserRecord, 'rights' | 'texts' | 'numbers'> {
  const texts = USER_TEXTS.filter((name) => params.text(name) !== '');
  const numbers = USER_NUMBERS.filter((name) => params.text(name) !== '');
  return {
    rights: params.wholeOr('rights', DEFAULT_RIGHTS),
    texts: Object.fromEntries(texts.map((name) => [name, params.text(name)])),
    numbers: Object.fromEntries(numbers.map((name) => [name, params.whole(name)])),
  };
}

function leverageOf(params: Params, otherwise: number | null): number {
  const leverage =
    otherwise === null ? params.whole('leverage') : params.wholeOr('leverage', otherwise);
  if (leverage < 1 || leverage > MOST_LEVERAGE) throw new Refusal('parameters');
  return leverage;
}

function requireStrong({ book }: Exchange, ...passwords: string[]): void {
  const isTooStrict = lasts(book.faults, 'weak_password');
  if (isTooStrict || !passwords.every(passwordIsStrong)) throw new Refusal('password');
}

function passwordKind(params: Params): 'main' | 'investor' | 'api' {
  const kind = params.text('type').toLowerCase();
  if (kind === 'main' || kind === 'investor' || kind === 'api') return kind;
  throw new Refusal('parameters');
}
