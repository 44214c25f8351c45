import type { Permission } from '../access/roles';
import { type RestrictedScope } from './restriction';

/** What has happened to a client, for which there is a button of its own. */
export const measures = [
  'deceased',
  'takeover',
  'vulnerable',
  'self_excluded',
  'court_order',
] as const;
export type Measure = (typeof measures)[number];

export interface ChecklistItem {
  readonly code: string;
  readonly words: string;
  /** The restriction stays until somebody has done this. */
  readonly beforeLifting: boolean;
}

export interface MeasureDefinition {
  readonly words: string;
  /** What pressing the button does, for whoever presses it. */
  readonly does: string;
  readonly scopes: readonly RestrictedScope[];
  /** Somebody looks at it again after so many days. */
  readonly reviewDays: number;
  /** Whether it may not be lifted before its review, by anybody: the client wanted it so. */
  readonly isBinding: boolean;
  readonly checklist: readonly ChecklistItem[];
}

function item(code: string, words: string): ChecklistItem {
  return { code, words, beforeLifting: false };
}

function before(code: string, words: string): ChecklistItem {
  return { code, words, beforeLifting: true };
}

/**
 * Defaults of the house; a restriction can always be put together by hand beside them. Sources: FCA FG21/1 (vulnerable
 * customers), ESMA and CySEC on takeover of accounts, UK Gambling Act practice on self-exclusion.
 */
export const measureDefinitions: Readonly<Record<Measure, MeasureDefinition>> = {
  deceased: {
    words: 'The client has died',
    does: 'Nobody logs in, pays in, trades or withdraws, and nothing is written to the client but what the estate needs. Sessions and keys end.',
    scopes: ['login', 'deposit', 'trade', 'withdraw', 'marketing'],
    reviewDays: 90,
    isBinding: false,
    checklist: [
      item('certificate', 'Death certificate seen and kept with the client’s documents'),
      item('estate', 'Executor or heirs known, and their authority seen'),
      item('positions', 'Open positions: agreed with the estate what becomes of them'),
      item('letters', 'Running campaigns and statements by post stopped'),
      before('settled', 'Money paid to the estate, or the report was a mistake'),
    ],
  },
  takeover: {
    words: 'Somebody else has got in',
    does: 'Sessions and keys end, the password no longer works, platform passwords are set to unknown ones, nobody logs in or trades, and no money leaves. The changes of the last 72 hours are listed below.',
    scopes: ['login', 'trade', 'withdraw'],
    reviewDays: 3,
    isBinding: false,
    checklist: [
      before(
        'identity',
        'Spoke with the client on a number known from before, and proved who they are',
      ),
      before(
        'changes',
        'Looked at every change of the last 72 hours, and undid what was not the client’s',
      ),
      before('address', 'E-mail address and phone number confirmed or changed back'),
      item('payouts', 'Pending withdrawals looked at one by one'),
      item('report', 'Decided whether the authority is told (DORA, PSD2 incident)'),
    ],
  },
  vulnerable: {
    words: 'The client is vulnerable',
    does: 'Nothing is advertised to the client. Trading and money stay as they are.',
    scopes: ['marketing'],
    reviewDays: 180,
    isBinding: false,
    checklist: [
      item('need', 'What the client needs is written down, with their consent'),
      item('channel', 'How the client wants to be spoken to'),
      item('suitability', 'Leverage and account type looked at again'),
    ],
  },
  self_excluded: {
    words: 'The client excludes themselves',
    does: 'No deposits, no new trades and nothing advertised, for at least six months: nobody lifts it sooner. The client still logs in, closes positions and withdraws.',
    scopes: ['deposit', 'trade', 'marketing'],
    reviewDays: 183,
    isBinding: true,
    checklist: [
      item('asked', 'The client asked for it themselves'),
      item('withdraw', 'Told the client how to withdraw what is there'),
      before(
        'wish',
        'After the time: the client asked for it to end, and a day to think has passed',
      ),
    ],
  },
  court_order: {
    words: 'A court or an authority orders it',
    does: 'No money goes in or out and nobody trades, until the order ends. The client still logs in.',
    scopes: ['deposit', 'trade', 'withdraw'],
    reviewDays: 30,
    isBinding: false,
    checklist: [
      item('order', 'Order seen, its number and its end written down'),
      item('reach', 'Every account and wallet that it reaches is known'),
      before('ended', 'The order has ended, or another court lifted it: paper seen'),
    ],
  },
};

export function isMeasure(kind: string): kind is Measure {
  return measures.some((known) => known === kind);
}

/** Who may lift a restriction of the kind, beside whoever may lift any: what binds by law takes one who answers for it. */
export function liftPermission(kind: string): Permission {
  switch (kind) {
    case 'restricted_hold':
      return 'restricted.read';
    case 'deceased':
    case 'court_order':
      return 'restriction.lift_grave';
    default:
      return 'restriction.lift';
  }
}

/** A takeover is looked for in what happened so long before it was told of. */
export const takeoverHours = 72;
