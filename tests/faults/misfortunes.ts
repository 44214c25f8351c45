import type { PlatformKind } from '../../domain/trading/capabilities';
import { type Dice } from './dice';
import { isWeather, type Direction, type TransferCell, type TransferFault } from './cells';

/** A fault of the server that strikes one log-in. */
export interface Plant {
  readonly kind: string;
  readonly details?: {
    readonly command?: string;
    readonly ms?: number;
    readonly chars?: number;
    readonly retcode?: number;
    readonly code?: string;
    readonly outcome?: string;
    readonly applied?: boolean;
    readonly times?: number | 'forever';
  };
  /** Lifted after so long; left out, it is spent by striking. */
  readonly liftAfterMs?: number;
}

/** What somebody at the server does to its records while the transfer is under way. */
export type Meddling =
  | { readonly what: 'cancel_trade' | 'edit_trade'; readonly afterMs: number }
  /** The transfer's own deal: by so much, or what stands beside its token. */
  | { readonly what: 'edit_amount'; readonly afterMs: number; readonly byMinor: bigint }
  | { readonly what: 'edit_comment'; readonly afterMs: number };

/** All that befalls one transfer. */
export interface Misfortune {
  readonly askAfterMs: number;
  readonly plants: readonly Plant[];
  readonly meddling?: Meddling;
  /** Asks for more than the account holds. */
  readonly beyondBalance: boolean;
  /** How often the server books what it is told once. */
  readonly copies: 1 | 2;
  /** The server books so long after it was told: past the settle window another attempt may have been made. */
  readonly bookedAfterMs: number;
}

/** Shorter than what the matrix draws as delays: an answer that comes later is one that does not come. */
export const serverTimeouts = { connectMs: 2_000, readMs: 3_000, writeMs: 1_500 };
export const settleWindowMs = 1_000;

/** Within the settle window, about its end, and well past it. */
const delayMs = (dice: Dice) => dice.between(50, 4 * settleWindowMs);

const balanceCommand: Readonly<Record<PlatformKind, string>> = {
  mt5: 'trade/balance',
  mt4: 'TradeTransaction',
  ctrader: 'changebalance',
};

const noMoney: Readonly<Record<PlatformKind, Plant>> = {
  mt5: { kind: 'refuse', details: { retcode: 10_019 } },
  mt4: { kind: 'refuse', details: { retcode: 134 } },
  ctrader: { kind: 'refuse', details: { code: 'NOT_ENOUGH_MONEY' } },
};

const lostReply: Plant = { kind: 'lose_reply_after_apply' };

/** Answers that tell nothing of what was done. */
function unclear(platform: PlatformKind, dice: Dice): Plant {
  const applied = dice.chance(0.5);
  switch (platform) {
    case 'mt5':
      return { kind: 'refuse', details: { retcode: dice.oneOf([2, 7, 9, 10, 12]), applied } };
    case 'mt4':
      return dice.chance(0.5)
        ? { kind: 'refuse', details: { retcode: dice.oneOf([2, 128, 137, 199]), applied } }
        : { kind: 'refuse', details: { code: 'OutcomeUnknown', outcome: 'unknown', applied } };
    case 'ctrader':
      return { kind: 'refuse', details: { applied } };
  }
}

interface On {
  readonly platform: PlatformKind;
  readonly direction: Direction;
}

type Drawn = Partial<Omit<Misfortune, 'askAfterMs'>>;

/** Whether the answer is lost as well decides who finds the deal: the call, a look-up, the feed. */
const sometimesLost = (dice: Dice, part = 0.7): Plant[] => (dice.chance(part) ? [lostReply] : []);

const draws: Readonly<Record<TransferFault, (dice: Dice, on: On) => Drawn>> = {
  'reply lost': () => ({ plants: [lostReply] }),
  'request lost': (dice) => ({
    plants: [{ kind: 'lose_reply_before_apply', details: { times: dice.oneOf([1, 1, 2]) } }],
  }),
  'reply garbled': () => ({ plants: [{ kind: 'garble_reply' }] }),
  'unclear answer': (dice, { platform }) => ({ plants: [unclear(platform, dice)] }),
  'comment cut': (dice) => ({
    plants: [
      { kind: 'cut_comment', details: { chars: dice.between(0, 21) } },
      ...sometimesLost(dice, 0.8),
    ],
  }),
  'late deal': (dice) => ({
    plants: [{ kind: 'delay_deal', details: { ms: delayMs(dice) } }, ...sometimesLost(dice, 0.8)],
  }),
  'booked late': (dice) => {
    const ms = delayMs(dice);
    return { plants: [{ kind: 'apply_late', details: { ms } }], bookedAfterMs: ms };
  },
  'booked twice': (dice) => ({
    plants: [{ kind: 'duplicate_deal' }, ...sometimesLost(dice)],
    copies: 2,
  }),
  'cancelled deal': (dice) => ({
    plants: sometimesLost(dice),
    meddling: { what: 'cancel_trade', afterMs: dice.between(0, 1_500) },
  }),
  'edited deal': (dice) => ({
    plants: sometimesLost(dice),
    meddling: edit(dice),
  }),
  'no money': (dice, { platform, direction }) =>
    direction === 'debit' && dice.chance(0.5)
      ? { beyondBalance: true }
      : { plants: [noMoney[platform]] },
  slow: (dice, { platform }) => (dice.chance(0.4) ? tooSlow(dice, platform) : ratherSlow(dice)),
  'half-open socket': (dice, { platform }) => ({
    plants: [
      {
        kind: 'half_open',
        details: {
          command: dice.chance(0.8) ? balanceCommand[platform] : '*',
          applied: dice.chance(0.5),
          times: 1,
        },
      },
    ],
  }),
};

/** The operation is carried out after everybody has stopped waiting for its answer. */
function tooSlow(dice: Dice, platform: PlatformKind): Drawn {
  const ms = serverTimeouts.writeMs + delayMs(dice);
  const details = { command: balanceCommand[platform], ms, times: 1 };
  return { plants: [{ kind: 'slow', details }], bookedAfterMs: ms };
}

/** Every command about the log-in takes its time, for a while. */
function ratherSlow(dice: Dice): Drawn {
  const slow: Plant = {
    kind: 'slow',
    details: { command: '*', ms: dice.between(50, 700) },
    liftAfterMs: dice.between(500, 3_000),
  };
  return { plants: [slow, ...sometimesLost(dice, 0.4)] };
}

function edit(dice: Dice): Meddling {
  const afterMs = dice.between(0, 1_500);
  const byMinor = BigInt(dice.oneOf([-1, 1]) * dice.between(1, 90));
  return dice.oneOf<Meddling>([
    { what: 'edit_trade', afterMs },
    { what: 'edit_comment', afterMs },
    { what: 'edit_amount', afterMs, byMinor },
  ]);
}

/** What befalls a transfer of the cell; under a weather of the whole server, often a lost reply besides. */
export function drawMisfortune(dice: Dice, { fault, ...on }: TransferCell): Misfortune {
  const drawn: Drawn = isWeather(fault)
    ? { plants: [...sometimesLost(dice, 0.4), ...(dice.chance(0.2) ? [requestLost] : [])] }
    : draws[fault](dice, on);
  return {
    askAfterMs: dice.between(0, 800),
    plants: [],
    beyondBalance: false,
    copies: 1,
    bookedAfterMs: 0,
    ...drawn,
  };
}

const requestLost: Plant = { kind: 'lose_reply_before_apply' };
