import { taskKindsSeenBy } from '../task/visible';
import type { Permission } from './roles';

/**
 * What a reader of an event must hold: what the page of its subject asks for, by the first word of its type. An
 * event of a family that does not stand here cannot be written (`EventType`), and is shown to nobody.
 */
const byFamily = {
  client: 'client.read',
  onboarding: 'client.read',
  restriction: 'client.read',
  retention: 'kyc.read',
  erasure: 'kyc.read',
  mail: 'client.read',
  // When and with what somebody logs in is theirs, as a name is.
  user: 'client.personal',
  apikey: 'client.personal',
  kyc: 'kyc.read',
  // Of the MLRO's circle alone, whose events stand under subjects of their own.
  aml: 'restricted.read',
  suspicion: 'restricted.read',
  legal_hold: 'restricted.read',
  screening: 'screening.decide',
  list: 'list.read',
  account: 'account.read',
  deal: 'account.read',
  leverage: 'account.read',
  deposit: 'payment.read',
  receipt: 'payment.read',
  bank_statement: 'payment.read',
  withdrawal: 'payment.read',
  transfer: 'payment.read',
  refund: 'payment.read',
  chargeback: 'payment.read',
  exchange: 'payment.read',
  bonus: 'account.read',
  provider_message: 'payment.read',
  partner: 'partner.read',
  plan_set: 'settlement.read',
  settlement: 'settlement.read',
  payout: 'settlement.read',
  dispute: 'settlement.read',
  policy: 'policy.read',
  simulation: 'policy.read',
  feed: 'server.read',
  server: 'server.read',
  halt: 'process.read',
  audit: 'audit.read',
  ledger: 'ledger.read',
  correction: 'ledger.read',
  entity: 'entity.read',
  agreement: 'entity.read',
  // Calendars, who leads a queue and who is away.
  inbox: 'inbox.edit',
} as const satisfies Readonly<Record<string, Permission>>;

/** Events that tell of another thing than the rest of their family. */
const byType = {
  'client.payout_instrument_added': 'payment.read',
  'client.payout_instrument_proven': 'payment.read',
  'feed.gap_found': 'account.read',
  'feed.gap_closed': 'account.read',
  'feed.deals_gone': 'account.read',
} as const satisfies Readonly<Record<string, Permission>>;

type Family = keyof typeof byFamily;

/** Families whose events stand under a process, `withdrawal/wd_…`, and tell of what it is about. */
export const processFamilies = ['intent', 'process'] as const;

/** A task's events are seen by whoever sees a task of its kind. */
export const taskFamily = 'task';

/** The type of every event that can be written: a family that somebody may read, and what happened. */
export type EventType =
  `${Family}.${string}` | `${(typeof processFamilies)[number]}.${string}` | `task.${string}`;

/** The events that a holder of the permissions sees. */
export interface VisibleEvents {
  /** First words of types, and of the processes under which the steps outside stand. */
  readonly families: readonly string[];
  /** Types for which alone the word about them counts, and those of them that are seen. */
  readonly singular: readonly string[];
  readonly types: readonly string[];
  /** Kinds of task whose events are seen. */
  readonly taskKinds: readonly string[];
}

export function eventsSeenBy(permissions: ReadonlySet<Permission>): VisibleEvents {
  const held = (table: Readonly<Record<string, Permission>>): string[] =>
    Object.entries(table).flatMap(([name, needed]) => (permissions.has(needed) ? [name] : []));
  return {
    families: held(byFamily),
    singular: Object.keys(byType),
    types: held(byType),
    taskKinds: taskKindsSeenBy(permissions),
  };
}

/** Whether anything of a family can be among what is seen: a filter for it is offered only then. */
export function seesFamily(seen: VisibleEvents, family: string): boolean {
  if (family === taskFamily) return seen.taskKinds.length > 0;
  return seen.families.includes(family) || seen.types.some((type) => type.startsWith(`${family}.`));
}
