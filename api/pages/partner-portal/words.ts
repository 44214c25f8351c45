import { parsePeriod, periodPattern, type ScheduleKind } from '../../../domain/partners/period';
import type { Partner } from '../../../db/partners';
import type { Payout } from '../../../db/settlement/payouts';
import type { Words } from '../client-room/words';

const payouts: Readonly<Record<Payout['state'], Words>> = {
  computed: {
    label: 'To be approved',
    tone: 'wait',
    text: 'Computed. A colleague checks it before it is paid.',
  },
  below_minimum: {
    label: 'Carried on',
    tone: 'quiet',
    text: 'Less than the smallest payout: it is added to the next one.',
  },
  withheld: {
    label: 'Carried on',
    tone: 'wait',
    text: 'Not paid this time: it is added to the next payout. Ask your partner manager.',
  },
  paying: { label: 'Being paid', tone: 'busy', text: 'The payment is on its way to your wallet.' },
  paid: { label: 'Paid', tone: 'good', text: 'Paid to your wallet.' },
  failed: {
    label: 'Being looked at',
    tone: 'wait',
    text: 'The payment did not go through. A colleague is looking at it.',
  },
  forgiven: {
    label: 'Below zero',
    tone: 'quiet',
    text: 'It came to less than nothing. The plan does not set that off against what you earn later.',
  },
  forfeited: {
    label: 'Not paid',
    tone: 'quiet',
    text: 'The agreement has ended, and by its terms this is not paid any more.',
  },
  cancelled: {
    label: 'Withdrawn',
    tone: 'quiet',
    text: 'This statement was withdrawn and is computed again.',
  },
};

export function payoutWords({
  state,
  payAt,
  failure,
}: Pick<Payout, 'state' | 'payAt' | 'failure'>): Words {
  if (state === 'withheld' && failure === 'PARTNER_SUSPENDED')
    return { ...payouts[state], text: 'Not paid while you are suspended. It is kept for you.' };
  if (state !== 'computed' || payAt === null) return payouts[state];
  const day = new Date(payAt).toLocaleString('en-GB', {
    ...{ day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' },
  });
  return { label: 'Approved', tone: 'wait', text: `Approved. It is paid on ${day} UTC.` };
}

const partners: Readonly<Record<Partner['state'], Words>> = {
  active: { label: 'Active', tone: 'good', text: '' },
  suspended: { label: 'Suspended', tone: 'wait', text: 'Payouts are stopped for now.' },
  terminated: {
    label: 'Ended',
    tone: 'quiet',
    text: 'Your agreement has ended: what your clients trade from then on earns nothing.',
  },
  deceased: { label: 'Ended', tone: 'quiet', text: '' },
};

export function partnerWords(partner: Partner): Words {
  return partners[partner.state];
}

/**
 * How far a client has come, as a partner may know it. Why somebody is not approved, suspended or in review
 * is not a partner's business: all of it reads "Registered" or "Not active".
 */
const clients: Readonly<Record<string, Words>> = {
  approved: { label: 'Verified', tone: 'busy', text: '' },
  funded: { label: 'Funded', tone: 'busy', text: '' },
  active: { label: 'Trading', tone: 'good', text: '' },
  rejected: { label: 'Not active', tone: 'quiet', text: '' },
  inactive: { label: 'Not active', tone: 'quiet', text: '' },
  suspended: { label: 'Not active', tone: 'quiet', text: '' },
  closed: { label: 'Not active', tone: 'quiet', text: '' },
  terminated: { label: 'Not active', tone: 'quiet', text: '' },
};

const registered: Words = { label: 'Registered', tone: 'wait', text: '' };

export function clientWords(state: string): Words {
  return clients[state] ?? registered;
}

/** `2026-10` → `October 2026`, `2026-W41` → `Week 41 (5 October 2026)`, `2026-10-05` → `5 October 2026`. */
export function periodName(name: string): string {
  if (!periodPattern.test(name)) return name;
  const { kind, from } = parsePeriod(name);
  const words = (options: Intl.DateTimeFormatOptions) =>
    new Date(from).toLocaleDateString('en-GB', { ...options, year: 'numeric', timeZone: 'UTC' });
  const day = { day: 'numeric', month: 'long' } as const;
  switch (kind) {
    case 'daily':
      return words(day);
    case 'weekly':
      return `Week ${Number(name.slice(-2))} (${words(day)})`;
    case 'monthly':
      return words({ month: 'long' });
  }
}

const presentPeriods = { daily: 'Today', weekly: 'This week', monthly: 'This month' } as const;

/** `This week`. */
export function presentPeriod(kind: ScheduleKind): string {
  return presentPeriods[kind];
}
