import { accessLevel, type AccessLevel, type AccountState, endedStates } from './access';
import { instant, type Instant } from './instant';
import { type AccountAsk, type AccountRequestState } from './request';
import type { Restraint } from './restraint';

/** A transfer that a request of the account started: its balance on the way home, or on to the new account. */
export interface MoneyOnTheWay {
  readonly leg: 'home' | 'on';
  readonly attempt: number;
  readonly state: 'open' | 'done' | 'refused';
}

/** What was found on the server when an account that ends was last looked at. */
export interface Look {
  readonly at: Instant;
  readonly openPositions: number;
  readonly balance: 'zero' | 'positive' | 'negative';
  /** How often the balance had been sent home by then. */
  readonly homeAttempts: number;
  /** The feed has brought deals of the account since then. */
  readonly isOld?: boolean;
}

/** A request as far as the next step depends on it. */
export interface OpenRequest {
  readonly id: string;
  readonly ask: AccountAsk;
  readonly state: AccountRequestState;
  /** Decided by a person and not yet acted upon. */
  readonly decision: 'approve' | 'reject' | null;
  /** State of the account that a migration opened; null before. */
  readonly target: AccountState | null;
  /** When it was allowed; null before. */
  readonly workingSince: Instant | null;
  /** Its holder was given notice until then. */
  readonly notBefore: Instant | null;
  readonly look: Look | null;
  readonly money: readonly MoneyOnTheWay[];
  /** How the account is kept from opening positions while it moves; null before positions were seen to be open. */
  readonly restraint: Restraint | null;
  /** Until when it may keep positions open before people are asked; null when nothing says so. */
  readonly flatBy: Instant | null;
  /** People are asked what to do about the positions that were still open then. */
  readonly positionsTask: { readonly taskId: string; readonly isDecided: boolean } | null;
}

/** A balance below zero that was found on the flat account and is not settled. */
export type NegativeBalance =
  | { readonly kind: 'in_review'; readonly taskId: string | null; readonly isDecided: boolean }
  /** The wallet pays from then on. */
  | { readonly kind: 'noticed'; readonly takeAt: Instant }
  | { readonly kind: 'moving'; readonly transfer: 'open' | 'ended' };

/** Everything that decides what an account's process does next, read from its rows in one transaction. */
export interface AccountStanding {
  readonly state: AccountState;
  /** What the log-in may do on the server, as last set there. */
  readonly access: AccessLevel;
  /** The change of the log-in that was sent and whose end is not known: nothing else is set before it is. */
  readonly writing: string | null;
  /** The server has refused a level of access, and a person of operations mends it there. */
  readonly refusedAccess: { readonly level: AccessLevel; readonly taskId: string } | null;
  /** Scopes of all restrictions in force on the client or the account. */
  readonly restricted: ReadonlySet<string>;
  /** The oldest first. */
  readonly requests: readonly OpenRequest[];
  readonly negative: NegativeBalance | null;
  readonly dueAt: Instant | null;
  /** A demo account that has not been given its play money. */
  readonly demoMoneyIsDue?: boolean;
  /** Two people have decided to close it though nobody came for its money, and nobody has asked for that yet. */
  readonly isToCloseUnclaimed?: boolean;
}

export type AccountStep =
  | { readonly kind: 'ended'; readonly state: AccountState }
  | { readonly kind: 'read_back'; readonly intentId: string }
  | { readonly kind: 'access'; readonly level: AccessLevel }
  | {
      readonly kind:
        | 'password'
        | 'assess'
        | 'decided'
        | 'apply'
        | 'open_target'
        | 'restrain'
        | 'ask_about_positions'
        | 'positions_decided'
        | 'look'
        | 'send_home'
        | 'send_on'
        | 'finish';
      readonly requestId: string;
    }
  | { readonly kind: 'due' }
  | { readonly kind: 'archive' }
  | { readonly kind: 'close_unclaimed' }
  | { readonly kind: 'demo_money' }
  | { readonly kind: 'settle' }
  | { readonly kind: 'sleep'; readonly until: Instant | null; readonly waitsFor: string };

/** A look at the server is good for this long; a long wait is looked at less and less often. */
const lookEveryMsMin = 5_000;
const lookEveryMsMax = 15 * 60_000;

/**
 * The next thing to do for an account, or until when it can sleep. Pure: the same rows and moment give the
 * same step, so a process that lost its memory goes on where it was.
 */
export function nextStep(account: AccountStanding, now: Instant): AccountStep {
  if (endedStates.includes(account.state) && account.access === 'blocked')
    return afterTheEnd(account, now);
  if (account.writing !== null) return { kind: 'read_back', intentId: account.writing };
  const level = wantedAccess(account);
  const waits: { until: Instant | null; waitsFor: string }[] = [];
  if (level !== account.access) {
    if (account.refusedAccess?.level !== level) return { kind: 'access', level };
    waits.push({ until: null, waitsFor: `task ${account.refusedAccess.taskId}` });
  }
  if (account.demoMoneyIsDue) return { kind: 'demo_money' };
  if (account.isToCloseUnclaimed) return { kind: 'close_unclaimed' };
  const negative = negativeStep(account.negative, now);
  if (negative?.kind === 'settle') return negative;
  if (negative) waits.push(negative);
  for (const request of account.requests) {
    const step = requestStep(request, { now, isSettling: negative !== null });
    if (step.kind !== 'sleep') return step;
    waits.push(step);
  }
  // What falls due by time is not for an account that ends: it would be woken by it for ever.
  const dueAt = account.state === 'closing' ? null : account.dueAt;
  if (dueAt !== null && dueAt <= now) return { kind: 'due' };
  return sleepUntil([...waits, { until: dueAt, waitsFor: 'the next request about this account' }]);
}

type Sleep = Extract<AccountStep, { kind: 'sleep' }>;

/** A closed account is archived when it is due; one that never had a log-in, or is archived, is over. */
function afterTheEnd({ state, dueAt }: AccountStanding, now: Instant): AccountStep {
  if (state === 'archived' || dueAt === null) return { kind: 'ended', state };
  if (dueAt <= now) return { kind: 'archive' };
  return { kind: 'sleep', until: dueAt, waitsFor: 'the day on which it is archived' };
}

function negativeStep(
  negative: NegativeBalance | null,
  now: Instant,
): { readonly kind: 'settle' } | Sleep | null {
  if (negative === null) return null;
  switch (negative.kind) {
    case 'in_review':
      if (negative.isDecided || negative.taskId === null) return { kind: 'settle' };
      return { kind: 'sleep', until: null, waitsFor: `task ${negative.taskId}` };
    case 'noticed':
      return negative.takeAt <= now
        ? { kind: 'settle' }
        : {
            kind: 'sleep',
            until: negative.takeAt,
            waitsFor: 'the notice that the wallet pays to run out',
          };
    case 'moving':
      return negative.transfer === 'ended'
        ? { kind: 'settle' }
        : { kind: 'sleep', until: null, waitsFor: 'the balance to be brought to zero' };
  }
}

/** What the holder may do from now on. */
export function wantedAccess(account: AccountStanding): AccessLevel {
  return accessLevel(account.state, {
    scopes: account.restricted,
    flat: account.requests.some(isFlat),
    restrained: account.requests.some(isRestrained),
  });
}

/** It moves, positions were seen to be open, and its server can keep it from opening more. */
function isRestrained({ state, restraint }: OpenRequest): boolean {
  return state === 'working' && restraint !== null && restraint.by !== 'watch';
}

/** All positions are closed, and the account was looked at since it was asked to end. */
function isFlat(request: OpenRequest): boolean {
  return (
    (request.ask.kind === 'close' || request.ask.kind === 'migrate') &&
    request.state === 'working' &&
    request.look?.openPositions === 0
  );
}

/** `isSettling`: somebody is at work on the balance below zero already. */
interface Moment {
  readonly now: Instant;
  readonly isSettling: boolean;
}

function requestStep(request: OpenRequest, moment: Moment): AccountStep {
  const requestId = request.id;
  switch (request.state) {
    case 'done':
    case 'refused':
      return { kind: 'sleep', until: null, waitsFor: 'nothing' };
    case 'requested':
      return { kind: request.ask.kind === 'set_password' ? 'password' : 'assess', requestId };
    case 'in_review':
      return request.decision === null
        ? { kind: 'sleep', until: null, waitsFor: 'a person to decide on the request' }
        : { kind: 'decided', requestId };
    case 'working':
      return workStep(request, moment);
  }
}

function workStep(request: OpenRequest, moment: Moment): AccountStep {
  const requestId = request.id;
  switch (request.ask.kind) {
    case 'set_password':
      return { kind: 'password', requestId };
    case 'change_leverage':
      return noticeRuns(request, moment) ?? { kind: 'apply', requestId };
    case 'change_type':
    case 'move_group':
    case 'override':
      return { kind: 'apply', requestId };
    case 'close':
      if (request.positionsTask?.isDecided) return { kind: 'positions_decided', requestId };
      return emptyFirst(request, moment) ?? { kind: 'finish', requestId };
    case 'migrate':
      return migrationStep(request, moment);
  }
}

function noticeRuns({ notBefore }: OpenRequest, { now }: Moment): AccountStep | null {
  if (notBefore === null || notBefore <= now) return null;
  return { kind: 'sleep', until: notBefore, waitsFor: 'the notice of a lower leverage to run out' };
}

function migrationStep(request: OpenRequest, moment: Moment): AccountStep {
  const requestId = request.id;
  if (request.target === null) return { kind: 'open_target', requestId };
  if (endedStates.includes(request.target)) return { kind: 'finish', requestId };
  if (request.target !== 'active' && request.target !== 'dormant')
    return { kind: 'sleep', until: null, waitsFor: 'the new account to be opened' };
  if (request.positionsTask?.isDecided) return { kind: 'positions_decided', requestId };
  const emptying = emptyFirst(request, moment);
  if (emptying) return emptying;
  const on = request.money.find(({ leg }) => leg === 'on');
  if (!on && request.money.some(({ leg, state }) => leg === 'home' && state === 'done'))
    return { kind: 'send_on', requestId };
  if (on?.state === 'open')
    return { kind: 'sleep', until: null, waitsFor: 'the balance to reach the new account' };
  return { kind: 'finish', requestId };
}

/** Flat, then the balance home, then nothing left; null when the account is empty. */
function emptyFirst(request: OpenRequest, { now, isSettling }: Moment): AccountStep | null {
  const { look, id: requestId } = request;
  const home = request.money.filter(({ leg }) => leg === 'home');
  if (home.some(({ state }) => state === 'open'))
    return { kind: 'sleep', until: null, waitsFor: 'the balance to come home' };
  // What was sent home since the last look, and what the feed brought, made that look old.
  if (look === null || look.isOld === true || home.length > look.homeAttempts)
    return { kind: 'look', requestId };
  if (look.openPositions > 0) return untilFlat(request, look, now);
  if (look.balance === 'zero') return null;
  if (look.balance === 'negative' && !isSettling) return { kind: 'settle' };
  const refused = home.at(-1)?.state === 'refused';
  const again = lookAgainAt(look.at, request.workingSince);
  if (look.balance === 'positive' && (!refused || again <= now))
    return { kind: 'send_home', requestId };
  if (again <= now) return { kind: 'look', requestId };
  return {
    kind: 'sleep',
    until: again,
    waitsFor:
      look.balance === 'negative'
        ? 'the negative balance to be settled'
        : 'another try to bring the balance home',
  };
}

/** Positions are open: only their holder closes them. When it takes too long, people are asked, on a fresh look. */
function untilFlat(request: OpenRequest, look: Look, now: Instant): AccountStep {
  const { id: requestId, restraint, flatBy, positionsTask } = request;
  if (request.ask.kind === 'migrate' && restraint === null) return { kind: 'restrain', requestId };
  const again = lookAgainAt(look.at, request.workingSince);
  const isLate = flatBy !== null && flatBy <= now && positionsTask === null;
  if (isLate && look.at >= flatBy) return { kind: 'ask_about_positions', requestId };
  if (isLate || again <= now) return { kind: 'look', requestId };
  return {
    kind: 'sleep',
    until: positionsTask === null && flatBy !== null && flatBy < again ? flatBy : again,
    waitsFor: positionsTask === null ? closingOf(look, restraint) : `task ${positionsTask.taskId}`,
  };
}

function closingOf({ openPositions }: Look, restraint: Restraint | null): string {
  const words = `the holder to close ${openPositions} open positions`;
  return restraint?.by === 'watch' ? `${words}; the server lets new ones be opened` : words;
}

/** A tenth of the time waited so far, between five seconds and a quarter of an hour. */
function lookAgainAt(lookedAt: Instant, since: Instant | null): Instant {
  const waitedMs = since === null ? 0 : Date.parse(lookedAt) - Date.parse(since);
  const pauseMs = Math.min(lookEveryMsMax, Math.max(lookEveryMsMin, waitedMs / 10));
  return instant(Date.parse(lookedAt) + pauseMs);
}

/** Until the earliest of what is waited for, in the words of the first that waits for something. */
function sleepUntil(
  waits: readonly { readonly until: Instant | null; readonly waitsFor: string }[],
): AccountStep {
  const until = waits.flatMap((wait) => wait.until ?? []).sort()[0] ?? null;
  return { kind: 'sleep', until, waitsFor: waits[0]?.waitsFor ?? 'nothing' };
}
