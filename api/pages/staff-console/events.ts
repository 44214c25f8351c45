import type { Tx } from '../../../db/connection';
import { inTurn } from '../../../db/in-turn';
import type { TimelineEvent } from '../../../db/timeline';
import { changesOf, openPersonal } from '../../show-event';
import { actorWords } from './actors';

/** An event as the timeline shows it. */
export interface ShownEvent extends TimelineEvent {
  readonly family: string;
  readonly title: string;
  readonly by: string;
  /** The few words of the payload that a reader looks for. */
  readonly summary: string;
  readonly pretty: string;
  /** What was and what is, of each field that it has changed. */
  readonly changes: ReturnType<typeof changesOf>;
}

/** Filters of a client's timeline: a word, and the first words of the event types it holds. */
export const timelineFamilies: Readonly<Record<string, readonly string[]>> = {
  onboarding: ['kyc', 'client', 'screening', 'onboarding', 'retention', 'erasure'],
  payments: [
    'deposit',
    'withdrawal',
    'transfer',
    'refund',
    'chargeback',
    'exchange',
    'correction',
    'intent',
    'payout',
  ],
  accounts: ['account', 'deal', 'bonus'],
  tasks: ['task'],
  mails: ['mail'],
  access: ['user', 'apikey', 'restriction'],
};

const titles: Readonly<Record<string, string>> = {
  'client.registered': 'Registered',
  'client.data_changed': 'Personal data changed',
  'client.attributed': 'Came through a partner',
  'client.payout_instrument_added': 'Payout account added',
  'user.logged_in': 'Logged in',
  'user.created': 'Log-in created',
  'user.security_changed': 'Security changed',
  'kyc.opened': 'Verification opened',
  'kyc.details_saved': 'Details saved',
  'kyc.document_uploaded': 'Document uploaded',
  'kyc.document_approved': 'Document approved',
  'kyc.document_rejected': 'Document rejected',
  'kyc.submitted': 'Application submitted',
  'kyc.resubmitted': 'Application submitted again',
  'kyc.in_review': 'Handed to a person',
  'kyc.referred': 'Handed to a person',
  'kyc.information_requested': 'Client asked again',
  'kyc.approved': 'Verification approved',
  'kyc.rejected': 'Verification rejected',
  'bonus.requested': 'Bonus asked for',
  'bonus.proposed': 'Bonus proposed by hand',
  'bonus.approved': 'Bonus approved',
  'bonus.rejected': 'Bonus rejected',
  'bonus.refused': 'Bonus not given',
  'bonus.granted': 'Bonus given as credit',
  'bonus.removal_asked': 'Bonus asked back by hand',
  'bonus.removed': 'Bonus taken back',
  'bonus.removal_refused': 'Bonus not given back by the server',
  'bonus.let_go': 'Bonus let go',
  'bonus.gone_at_server': 'Bonus gone at the server',
  'partner.billing_set': 'Self-billing agreed or changed',
  'entity.tax_number_set': 'Tax number of the entity set',
  'payout.invoiced': 'Invoice written in the partner’s name',
  'payout.credited': 'Credit note written in the partner’s name',
  'partner.adjustment_proposed': 'Adjustment of a payout proposed',
  'partner.adjustment_approved': 'Adjustment of a payout approved',
  'partner.adjustment_rejected': 'Adjustment of a payout rejected',
  'dispute.asked': 'Partner asked about commission',
  'dispute.accepted': 'Question about commission accepted',
  'dispute.declined': 'Question about commission declined',
  'settlement.hold_opened': 'Commission held while it is looked into',
  'settlement.hold_released': 'Held commission released',
  'settlement.hold_denied': 'Held commission denied',
  'settlement.hold_closed': 'Hold closed without a decision',
  'aml.alert_opened': 'Rules on money laundering spoke',
  'aml.alert_dismissed': 'Alert explained',
  'aml.alert_case_opened': 'Case opened on the alert',
  'aml.alert_held': 'Client held on the alert',
  'suspicion.drafted': 'Report drafted',
  'suspicion.edited': 'Grounds changed',
  'suspicion.held': 'Client held',
  'suspicion.submitted': 'Report submitted',
  'suspicion.consent_granted': 'Authority consented',
  'suspicion.consent_refused': 'Authority refused its consent',
  'suspicion.closed': 'Report closed',
  'suspicion.withdrawn': 'Draft withdrawn',
  'retention.began': 'Relationship ended',
  'erasure.requested': 'Client asked for the erasure of their data',
  'erasure.proposed': 'Erasure proposed',
  'erasure.rejected': 'Erasure rejected',
  'erasure.done': 'Personal data erased',
  'legal_hold.placed': 'Legal hold placed',
  'legal_hold.confirmed': 'Legal hold confirmed',
  'legal_hold.refused': 'Legal hold refused by the second person',
  'legal_hold.lift_asked': 'End of a legal hold asked for',
  'legal_hold.kept': 'Legal hold kept',
  'legal_hold.lifted': 'Legal hold lifted',
  'task.opened': 'Task opened',
  'task.decided': 'Task decided',
  'task.first_approval': 'First of two approvals',
  'task.cancelled': 'Task withdrawn',
  'task.revised': 'Task revised',
  'mail.sent': 'Mail sent',
  'mail.failed': 'Mail failed',
  'intent.planned': 'Step outside planned',
  'intent.sent': 'Step outside sent',
  'intent.done': 'Step outside done',
  'intent.refused': 'Step outside refused',
  'intent.unknown': 'Outcome outside unknown',
  'intent.absent': 'Found not to have happened',
  'restriction.set': 'Restriction set',
  'restriction.lifted': 'Restriction lifted',
};

function titleOf(type: string): string {
  const known = titles[type];
  if (known !== undefined) return known;
  const words = type.replaceAll(/[._]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const shownFields = [
  'amount',
  'legAmount',
  'total',
  'currency',
  'kind',
  'direction',
  'step',
  'decision',
  'state',
  'by',
  'code',
  'codes',
  'reasons',
  'requested',
  'reason',
  'failure',
  'target',
  'login',
  'what',
  'fields',
] as const;

function summaryOf(payload: Readonly<Record<string, unknown>>): string {
  const hasAmount = ['amount', 'legAmount', 'total'].some((name) => name in payload);
  const parts = shownFields.flatMap((name) => {
    const value = name === 'currency' && !hasAmount ? undefined : payload[name];
    // An actor of the event's own has its name beside it.
    if (name === 'by' && typeof value === 'string' && value.startsWith('user:')) return [];
    if (typeof value === 'string' && value !== '' && value.length <= 90)
      return [plain(name, value)];
    if (Array.isArray(value) && value.length > 0)
      return [value.map((each) => spoken(String(each))).join(', ')];
    return [];
  });
  return parts
    .slice(0, 4)
    .join(' · ')
    .replace(/(\d) · ([A-Z]{3})( ·|$)/, '$1 $2$3');
}

function plain(name: string, value: string): string {
  if (name === 'by') return `by ${value}`;
  return spoken(value);
}

/** A code in words; whatever else it is stays as it is. */
function spoken(value: string): string {
  return /^[a-z_]+$/.test(value) ? value.replaceAll('_', ' ') : value;
}

function parsed(payload: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(payload);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Events with words for what happened and for who did it. */
export async function showEvents(tx: Tx, events: readonly TimelineEvent[]): Promise<ShownEvent[]> {
  const who = await actorWords(
    tx,
    events.map((event) => event.actor),
  );
  return inTurn(events, async (event) => {
    const payload = parsed(event.payload);
    return {
      ...event,
      family: event.type.split('.')[0] ?? '',
      title: titleOf(event.type),
      by: who(event.actor),
      summary: summaryOf(payload),
      pretty: JSON.stringify(payload, undefined, 2),
      changes: changesOf(payload, await openPersonal(tx, payload)).map((change) => ({
        ...change,
        before: change.before === null ? null : spoken(change.before),
        after: change.after === null ? null : spoken(change.after),
      })),
    };
  });
}
