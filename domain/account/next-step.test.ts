import { type AccountStanding, nextStep, type OpenRequest } from './next-step';

const now = '2026-01-02T00:00:00.000Z';

function account(change: Partial<AccountStanding> = {}): AccountStanding {
  return {
    state: 'active',
    access: 'full',
    writing: null,
    refusedAccess: null,
    restricted: new Set(),
    requests: [],
    negative: null,
    dueAt: null,
    ...change,
  };
}

function request(change: Partial<OpenRequest> = {}): OpenRequest {
  return {
    id: 'r1',
    ask: { kind: 'close' },
    state: 'working',
    decision: null,
    target: null,
    workingSince: now,
    look: null,
    money: [],
    restraint: null,
    flatBy: null,
    notBefore: null,
    positionsTask: null,
    ...change,
  };
}

const flat = { at: now, openPositions: 0, balance: 'zero', homeAttempts: 0 } as const;
const open = { ...flat, openPositions: 2, balance: 'positive' } as const;
const before = '2026-01-01T23:59:00.000Z';
const later = '2026-01-12T00:00:00.000Z';
const closing = (change: Partial<OpenRequest>, access: AccountStanding['access'] = 'frozen') =>
  account({ state: 'closing', access, requests: [request(change)] });
const migrating = (change: Partial<OpenRequest>) =>
  closing(
    { ask: { kind: 'migrate', platform: 'mt4' }, ...change },
    change.look ? 'frozen' : 'full',
  );

/** With positions open, after the new account is there. */
const moving = (change: Partial<OpenRequest>) =>
  closing(
    { ask: { kind: 'migrate', platform: 'mt4' }, target: 'active', look: open, ...change },
    'full',
  );

describe('what an account does next', () => {
  it.each<[string, AccountStanding, object]>([
    ['sleeps with nothing to do', account(), { kind: 'sleep', until: null }],
    [
      'waits for the notice of a lower leverage to run out',
      account({
        requests: [request({ ask: { kind: 'change_leverage', leverage: 50 }, notBefore: later })],
      }),
      { kind: 'sleep', until: later, waitsFor: 'the notice of a lower leverage to run out' },
    ],
    [
      'lowers leverage when its notice has run out',
      account({
        requests: [request({ ask: { kind: 'change_leverage', leverage: 50 }, notBefore: before })],
      }),
      { kind: 'apply', requestId: 'r1' },
    ],
    [
      'sleeps until something is due',
      account({ dueAt: '2026-07-01T00:00:00.000Z' }),
      { kind: 'sleep', until: '2026-07-01T00:00:00.000Z' },
    ],
    ['does what is due', account({ dueAt: now }), { kind: 'due' }],
    [
      'asks for its end when two people have decided so about unclaimed money',
      account({ state: 'dormant', dueAt: later, isToCloseUnclaimed: true }),
      { kind: 'close_unclaimed' },
    ],
    [
      'freezes under a restriction on trading',
      account({ restricted: new Set(['trade']) }),
      { kind: 'access', level: 'frozen' },
    ],
    [
      'blocks under a restriction on logging in, whatever else holds',
      account({ restricted: new Set(['trade', 'login']), access: 'frozen' }),
      { kind: 'access', level: 'blocked' },
    ],
    [
      'opens again when the last restriction is lifted',
      account({ access: 'blocked' }),
      { kind: 'access', level: 'full' },
    ],
    [
      'finds out first what became of a change that was sent',
      account({ restricted: new Set(['trade']), writing: 'int_1' }),
      { kind: 'read_back', intentId: 'int_1' },
    ],
    [
      'waits for operations when the server refuses a level',
      account({
        restricted: new Set(['trade']),
        refusedAccess: { level: 'frozen', taskId: 'tsk_1' },
      }),
      { kind: 'sleep', until: null, waitsFor: 'task tsk_1' },
    ],
    [
      'tries another level than the one that was refused',
      account({
        restricted: new Set(['login']),
        refusedAccess: { level: 'frozen', taskId: 'tsk_1' },
      }),
      { kind: 'access', level: 'blocked' },
    ],
    [
      'looks at a new request',
      account({ requests: [request({ state: 'requested' })] }),
      { kind: 'assess', requestId: 'r1' },
    ],
    [
      'waits for the person who decides',
      account({ requests: [request({ state: 'in_review' })] }),
      { kind: 'sleep', until: null, waitsFor: 'a person to decide on the request' },
    ],
    [
      'serves a second request while the first waits for a person',
      account({
        requests: [
          request({ state: 'in_review' }),
          request({ id: 'r2', ask: { kind: 'set_password' }, state: 'requested' }),
        ],
      }),
      { kind: 'password', requestId: 'r2' },
    ],
    ['looks before it closes', closing({}, 'full'), { kind: 'look' }],
    [
      'leaves a closing account with positions open to its holder',
      closing({ look: { ...flat, openPositions: 2 } }, 'full'),
      { kind: 'sleep', until: '2026-01-02T00:00:05.000Z' },
    ],
    [
      'settles the negative balance of a flat account that closes',
      closing({ look: { ...flat, balance: 'negative' } }),
      { kind: 'settle' },
    ],
    [
      'waits for the two people who decide on a negative balance',
      account({ negative: { kind: 'in_review', taskId: 'tsk_1', isDecided: false } }),
      { kind: 'sleep', until: null, waitsFor: 'task tsk_1' },
    ],
    [
      'acts when they have decided',
      account({ negative: { kind: 'in_review', taskId: 'tsk_1', isDecided: true } }),
      { kind: 'settle' },
    ],
    [
      'lets the notice run out before the wallet pays',
      account({ negative: { kind: 'noticed', takeAt: '2026-01-05T00:00:00.000Z' } }),
      { kind: 'sleep', until: '2026-01-05T00:00:00.000Z' },
    ],
    [
      'takes it from the wallet then',
      account({ negative: { kind: 'noticed', takeAt: now } }),
      { kind: 'settle' },
    ],
    [
      'looks whether it is at zero when the money has moved',
      closing({ look: { ...flat, balance: 'negative' } }, 'frozen'),
      { kind: 'settle' },
    ],
    [
      'is not woken by what was due while it closes',
      { ...closing({ look: { ...flat, openPositions: 2 } }, 'full'), dueAt: now },
      { kind: 'sleep', until: '2026-01-02T00:00:05.000Z' },
    ],
    [
      'looks again at once when the feed has brought deals since',
      closing({ look: { ...flat, openPositions: 2, isOld: true } }, 'full'),
      { kind: 'look' },
    ],
    ['freezes it once it is flat', closing({ look: flat }, 'full'), { kind: 'access' }],
    [
      'brings the balance home',
      closing({ look: { ...flat, balance: 'positive' } }),
      { kind: 'send_home' },
    ],
    [
      'waits for the balance to come home',
      closing({
        look: { ...flat, balance: 'positive' },
        money: [{ leg: 'home', attempt: 1, state: 'open' }],
      }),
      { kind: 'sleep', waitsFor: 'the balance to come home' },
    ],
    [
      'looks again after the balance came home',
      closing({
        look: { ...flat, balance: 'positive' },
        money: [{ leg: 'home', attempt: 1, state: 'done' }],
      }),
      { kind: 'look' },
    ],
    [
      'does not try again at once when bringing it home was refused',
      closing({
        look: { ...flat, balance: 'positive', homeAttempts: 1 },
        money: [{ leg: 'home', attempt: 1, state: 'refused' }],
      }),
      { kind: 'sleep', waitsFor: 'another try to bring the balance home' },
    ],
    ['closes when it is empty', closing({ look: flat }), { kind: 'finish' }],
    ['opens the new account first', migrating({}), { kind: 'open_target' }],
    [
      'waits for the new account',
      migrating({ target: 'provisioning' }),
      { kind: 'sleep', waitsFor: 'the new account to be opened' },
    ],
    ['looks at the old one then', migrating({ target: 'active' }), { kind: 'look' }],
    [
      'sends on what came home',
      migrating({
        target: 'active',
        look: { ...flat, homeAttempts: 1 },
        money: [{ leg: 'home', attempt: 1, state: 'done' }],
      }),
      { kind: 'send_on' },
    ],
    [
      'is over when it has arrived',
      migrating({
        target: 'active',
        look: { ...flat, homeAttempts: 1 },
        money: [
          { leg: 'home', attempt: 1, state: 'done' },
          { leg: 'on', attempt: 1, state: 'done' },
        ],
      }),
      { kind: 'finish' },
    ],
    [
      'moves an empty account without any money',
      migrating({ target: 'active', look: flat }),
      { kind: 'finish' },
    ],
    [
      'lets an account with positions that moves open no more first',
      moving({}),
      { kind: 'restrain' },
    ],
    ['says so to its log-in', moving({ restraint: { by: 'login' } }), { level: 'close_only' }],
    [
      'moves it to a group for closing where the server has no other way',
      moving({ restraint: { by: 'group', group: 'real\\close-usd' } }),
      { kind: 'access', level: 'close_only' },
    ],
    [
      'watches it where the server has none at all',
      moving({ restraint: { by: 'watch' }, flatBy: later }),
      { kind: 'sleep', waitsFor: expect.stringContaining('lets new ones be opened') },
    ],
    [
      'looks when positions were to be closed by now',
      moving({ restraint: { by: 'watch' }, flatBy: now, look: { ...open, at: before } }),
      { kind: 'look' },
    ],
    [
      'asks people about those that are open then',
      moving({ restraint: { by: 'watch' }, flatBy: now }),
      { kind: 'ask_about_positions' },
    ],
    [
      'asks them once, and goes on looking',
      moving({
        restraint: { by: 'watch' },
        flatBy: now,
        positionsTask: { taskId: 'tsk_1', isDecided: false },
      }),
      { kind: 'sleep', until: '2026-01-02T00:00:05.000Z', waitsFor: 'task tsk_1' },
    ],
    [
      'does as they have decided',
      moving({
        restraint: { by: 'watch' },
        flatBy: now,
        positionsTask: { taskId: 'tsk_1', isDecided: true },
      }),
      { kind: 'positions_decided' },
    ],
    [
      'asks about the positions of an account that closes, too',
      closing({ look: open, flatBy: now }, 'full'),
      { kind: 'ask_about_positions' },
    ],
    [
      'waits for them without end where policy sets no day',
      closing({ look: open }, 'full'),
      { kind: 'sleep', waitsFor: 'the holder to close 2 open positions' },
    ],
    [
      'does as they have decided about a closing',
      closing(
        { look: open, flatBy: now, positionsTask: { taskId: 'tsk_1', isDecided: true } },
        'full',
      ),
      { kind: 'positions_decided' },
    ],
    [
      'is opened again when the move is given up',
      account({ access: 'close_only' }),
      { kind: 'access', level: 'full' },
    ],
    [
      'takes no notice of a new account that sleeps',
      migrating({ target: 'dormant', look: flat }),
      { kind: 'finish' },
    ],
    [
      'is over when the new account has ended meanwhile',
      migrating({ target: 'archived', look: flat }),
      { kind: 'finish' },
    ],
    [
      'blocks an account that has ended',
      account({ state: 'closed' }),
      { kind: 'access', level: 'blocked' },
    ],
    [
      'waits for the day on which a closed account is archived',
      account({ state: 'closed', access: 'blocked', dueAt: later }),
      { kind: 'sleep', until: later },
    ],
    [
      'archives it then',
      account({ state: 'closed', access: 'blocked', dueAt: now }),
      { kind: 'archive' },
    ],
    [
      'ends with an account that never had a log-in',
      account({ state: 'closed', access: 'blocked' }),
      { kind: 'ended', state: 'closed' },
    ],
    [
      'ends when it is archived',
      account({ state: 'archived', access: 'blocked' }),
      { kind: 'ended', state: 'archived' },
    ],
  ])('%s', (_fact, standing, expected) => {
    expect(nextStep(standing, now)).toMatchObject(expected);
  });
});
