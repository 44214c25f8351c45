import { MalformedAnswer } from '../../fields';
import { parseRawReply, rawCommand } from './commands';
import { formatMessage } from './line';

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

describe('a call as a raw command', () => {
  it.each([
    [{ path: '/api/user/account/get', query: { login: '7' } }, 'USER_ACCOUNT_GET|LOGIN=7|\r\n'],
    [{ path: '/api/time/server' }, 'TIME_SERVER|\r\n'],
    [
      { path: '/api/group/get', query: { group: 'real\\cy-usd-std' } },
      'GROUP_GET|GROUP=real\\\\cy-usd-std|\r\n',
    ],
    [
      { path: '/api/trade/balance', body: { login: '7', type: '2', balance: '-1.50', comment: 'a|b', check_margin: '1' } }, // prettier-ignore
      'TRADE_BALANCE|LOGIN=7|TYPE=2|BALANCE=-1.50|COMMENT=a\\|b|CHECK_MARGIN=1|\r\n',
    ],
    [
      { path: '/api/user/change_password', body: { Login: '7', Type: 'main', Password: 'a=B1|' } },
      'USER_PASS_CHANGE|LOGIN=7|TYPE=MAIN|PASSWORD=a\\=B1\\||\r\n',
    ],
    [
      { path: '/api/user/update', body: { Login: '7', Name: 'Ada|' } },
      'USER_UPDATE|LOGIN=7|\r\n{"Login":"7","Name":"Ada|"}',
    ],
  ])('%j', (call, text) => {
    expect(formatMessage(rawCommand(call))).toBe(text);
  });
});

describe('a raw answer', () => {
  it.each([
    ['TRADE_BALANCE|RETCODE=0 Done|TICKET=1000|\r\n', 0, { ticket: '1000' }],
    ['USER_ADD|RETCODE=0 Done|LOGIN=7|\r\n{"Login":"7"}', 0, { Login: '7' }],
    ['USER_LOGINS|RETCODE=0 Ok|\r\n["1000","1001"]', 0, ['1000', '1001']],
    ['USER_GET|RETCODE=13 Not found|\r\n', 13, {}],
    ['SYMBOL_LIST|RETCODE=0 Done|\r\n[]\r\n', 0, []],
  ])('%j', (text, retcode, answer) => {
    expect(parseRawReply(utf16(text))).toEqual({ retcode, answer });
  });

  it.each([
    ['half of one', utf16('TRADE_BALANCE|RETCODE=0 Done|TIC')],
    ['one without a code', utf16('TRADE_BALANCE|TICKET=1|\r\n')],
    ['a code that is no number', utf16('TRADE_BALANCE|RETCODE=Done|TICKET=1|\r\n')],
    ['half of its JSON', utf16('USER_ADD|RETCODE=0 Done|LOGIN=7|\r\n{"Login":')],
    ['half a character', utf16('TRADE_BALANCE|RETCODE=0 Done|TICKET=1|\r\n').subarray(0, -1)],
    ['nothing', Buffer.alloc(0)],
  ])('is unreadable: %s', (_what, body) => {
    expect(() => parseRawReply(body)).toThrow(MalformedAnswer);
  });
});
