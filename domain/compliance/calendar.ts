import { type Instant, addDays, instant } from '../account/instant';
import { type CivilDate, monthsBefore } from '../kyc/civil-date';

/** How the policy of the client's entity wants it, for this client. */
export interface CalendarRules {
  /** Months from one review to the next, as risk and policy say. */
  readonly reviewMonths: number;
  /** The review is asked for so many days before it is due. */
  readonly reviewLeadDays: number;
  /** The client is written to so many days before a document expires. */
  readonly noticeDays: readonly number[];
}

/** An approved document that expires. */
export interface DatedDocument {
  readonly id: string;
  /** The last day on which it is good. */
  readonly expiresOn: CivilDate;
}

/** What somebody changed of the client and nobody has looked at yet. */
export interface ClientChange {
  readonly at: Instant;
  readonly fields: readonly string[];
}

export interface ReviewedRestriction {
  readonly id: string;
  readonly kind: string;
  readonly reviewAt: Instant;
}

export interface Calendar {
  readonly rules: CalendarRules;
  /** When the client was looked at as a whole last; null before they are approved. */
  readonly reviewedAt: Instant | null;
  readonly documents: readonly DatedDocument[];
  readonly change: ClientChange | null;
  /** Restrictions in force that somebody wants to be looked at again. */
  readonly restrictions: readonly ReviewedRestriction[];
  /** Keys of the steps that have been taken. */
  readonly taken: ReadonlySet<string>;
}

/** Something that is done once, on its day or as soon afterwards as the process looks. */
export type CalendarStep = { readonly key: string; readonly at: Instant } & (
  | { readonly kind: 'review'; readonly dueAt: Instant }
  | { readonly kind: 'restriction'; readonly restriction: ReviewedRestriction }
  | { readonly kind: 'change'; readonly fields: readonly string[] }
  | { readonly kind: 'notice'; readonly document: DatedDocument; readonly days: number }
  | { readonly kind: 'expired'; readonly document: DatedDocument }
);

/** Months later, at most the last day of that month. */
export function addMonths(at: Instant, months: number): Instant {
  const day = monthsBefore(at.slice(0, 10), -months);
  if (day === null) throw new Error(`not an instant: ${at}`);
  return instant(`${day}${at.slice(10)}`);
}

/** A document is good until its last day ends. */
export function expiresAt({ expiresOn }: DatedDocument): Instant {
  return addDays(instant(`${expiresOn}T00:00:00Z`), 1);
}

/** Everything the calendar holds, taken or not, by time. */
export function stepsOf(calendar: Calendar): readonly CalendarStep[] {
  const { rules, change } = calendar;
  const steps: CalendarStep[] = [
    ...reviewOf(calendar),
    ...calendar.restrictions.map((restriction) => ({
      kind: 'restriction' as const,
      key: `restriction/${restriction.id}/${restriction.reviewAt}`,
      at: restriction.reviewAt,
      restriction,
    })),
    ...(change === null
      ? []
      : [{ kind: 'change' as const, key: `change/${change.at}`, ...change }]),
    ...calendar.documents.flatMap((document): CalendarStep[] => {
      const end = expiresAt(document);
      const own = `${document.id}/${document.expiresOn}`;
      return [
        ...rules.noticeDays.map((days) => ({
          kind: 'notice' as const,
          key: `notice/${own}/${days}`,
          at: addDays(end, -days),
          document,
          days,
        })),
        { kind: 'expired', key: `expired/${own}`, at: end, document },
      ];
    }),
  ];
  return steps.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function reviewOf({ reviewedAt, rules }: Calendar): CalendarStep[] {
  if (reviewedAt === null) return [];
  const dueAt = addMonths(reviewedAt, rules.reviewMonths);
  const at = addDays(dueAt, -rules.reviewLeadDays);
  return [{ kind: 'review', key: `review/${reviewedAt}`, at, dueAt }];
}

export interface Due {
  readonly steps: readonly CalendarStep[];
  /** When the next step comes that is not due yet. */
  readonly next: Instant | null;
}

/**
 * What is due and not taken. Of the notices about one document only the latest: who looks again after a year away does
 * not write three letters at once, and none about what has expired.
 */
export function dueSteps(calendar: Calendar, now: Instant): Due {
  const steps = stepsOf(calendar);
  const come = steps.filter(({ at }) => at <= now);
  const due = come.filter(
    (step, position) =>
      !calendar.taken.has(step.key) &&
      (step.kind !== 'notice' ||
        !come.slice(position + 1).some((later) => isAbout(later, step.document))),
  );
  return { steps: due, next: steps.find(({ at }) => at > now)?.at ?? null };
}

function isAbout(step: CalendarStep, { id }: DatedDocument): boolean {
  return (step.kind === 'notice' || step.kind === 'expired') && step.document.id === id;
}

/** Documents that are not good any more. */
export function expiredDocuments(calendar: Calendar, now: Instant): readonly DatedDocument[] {
  return calendar.documents.filter((document) => expiresAt(document) <= now);
}
