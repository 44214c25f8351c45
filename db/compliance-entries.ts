import { addDays, instant, type Instant } from '../domain/account/instant';
import { expiresAt, stepsOf } from '../domain/compliance/calendar';
import { may } from '../domain/access/scope';
import { seesTask } from '../domain/task/visible';
import { readClient } from './clients';
import { calendarOfClient, type TakenStep } from './compliance-calendars';
import { readComplianceCalendar, type CalendarReading } from './compliance-facts';
import { rows, utc, type Tx } from './connection';
import { effectivePolicy } from './policies';
import { taskColumns, taskFromRow, type TaskRow } from './tasks';

export const entryKinds = [
  'review',
  'change',
  'document',
  'renewal',
  'restriction',
  'verification',
  'screening',
] as const;

export const entryStates = ['coming', 'asked', 'due', 'overdue'] as const;

/** One thing that falls due on a client: what, when, why, and how far it is. */
export interface CalendarEntry {
  readonly kind: (typeof entryKinds)[number];
  /** The document, restriction or screening it is about. */
  readonly subject: string | null;
  /** Null where nothing but people's decision is waited for, and for dates that the reader may not see. */
  readonly dueAt: string | null;
  readonly why: string;
  /** `asked`: people have been asked; `due`: its process does it at its next look. */
  readonly state: (typeof entryStates)[number];
  readonly taskId: string | null;
}

export interface ClientCalendar {
  /** When the client was looked at as a whole last; null before they are approved. */
  readonly reviewedAt: string | null;
  /** When its process looks next by itself; null for a client who has no calendar, or whose calendar has ended. */
  readonly looksAt: string | null;
  readonly entries: readonly CalendarEntry[];
}

/** What is due on a client, and when and why, by the policies of now. The soonest first. Throws `not_found` (404). */
export async function readClientCalendar(
  tx: Tx,
  clientId: string,
  now: Instant,
): Promise<ClientCalendar> {
  const client = await readClient(tx, clientId);
  const row = await calendarOfClient(tx, client.id);
  const isLive = row !== undefined && row.endedAt === null;
  const entries = [
    ...(isLive ? entriesOf(tx, await readComplianceCalendar(tx, row, now.slice(0, 10)), now) : []),
    ...(await verificationEntry(tx, clientId, now)),
    ...(await screeningEntries(tx, clientId)),
  ];
  return {
    reviewedAt: row?.reviewedAt ?? null,
    looksAt: row?.dueAt ?? null,
    entries: entries.sort((a, b) => ((a.dueAt ?? '') < (b.dueAt ?? '') ? -1 : 1)),
  };
}

function entriesOf(tx: Tx, reading: CalendarReading, now: Instant): CalendarEntry[] {
  const { calendar, steps } = reading;
  const open = steps.filter(({ closedAt, taskId }) => closedAt === null && taskId !== null);
  return [
    ...stepsOf(calendar).flatMap((step): CalendarEntry[] => {
      if (step.kind === 'notice' || step.kind === 'expired') return [];
      const asked = open.find(({ key }) => key === step.key);
      const common = { subject: null, taskId: asked?.taskId ?? null };
      const dueAt = step.kind === 'review' ? step.dueAt : step.at;
      const state = stateOf({ dueAt, beginsAt: step.at, isAsked: asked !== undefined, now });
      switch (step.kind) {
        case 'review':
          return [{ ...common, kind: step.kind, dueAt, state, why: whyReview(reading) }];
        case 'change':
          return [{ ...common, kind: step.kind, dueAt, state, why: whyChange(step.fields) }];
        case 'restriction': {
          const { id, kind } = step.restriction;
          const why = `The restriction “${inWords(kind)}” is to be looked at again`;
          return [{ ...common, subject: id, kind: step.kind, dueAt, state, why }];
        }
      }
    }),
    ...documentEntries(tx, reading, now),
    ...open.flatMap((step) => askedEntry(step)),
  ];
}

function stateOf({
  dueAt,
  beginsAt,
  isAsked,
  now,
}: {
  readonly dueAt: Instant;
  readonly beginsAt: Instant;
  readonly isAsked: boolean;
  readonly now: Instant;
}): CalendarEntry['state'] {
  if (dueAt < now && isAsked) return 'overdue';
  if (isAsked) return 'asked';
  return beginsAt <= now ? 'due' : 'coming';
}

function whyReview({ calendar, cycleReasons }: CalendarReading): string {
  const { reviewMonths, reviewLeadDays } = calendar.rules;
  const because = cycleReasons.length === 0 ? '' : ` (${cycleReasons.map(inWords).join(', ')})`;
  return `Every ${reviewMonths} months${because}; asked for ${reviewLeadDays} days before`;
}

function whyChange(fields: readonly string[]): string {
  return `Assessed again since the client’s data changed: ${fields.map(inWords).join(', ')}`;
}

function documentEntries(tx: Tx, reading: CalendarReading, now: Instant): CalendarEntry[] {
  const { noticeDays, expiredBars } = reading.parameters;
  const letters =
    noticeDays.length === 0 ? 'no letters' : `letters ${noticeDays.join(', ')} days before`;
  const bars =
    expiredBars.length === 0 ? 'nothing is barred' : `then bars ${expiredBars.join(', ')}`;
  return reading.documents.map((document) => {
    const dueAt = expiresAt(document);
    return {
      kind: 'document',
      subject: document.id,
      // Until when a document is good is the client's, as its number is.
      dueAt: may(tx.scope, 'client.personal') ? dueAt : null,
      why: `The ${inWords(document.kind)} expires; ${letters}, ${bars}`,
      state: dueAt <= now ? 'overdue' : 'coming',
      taskId: null,
    };
  });
}

/** Of a change or a newer document that people have been asked about: its step has left the calendar. */
function askedEntry({ kind, subject, taskId }: TakenStep): CalendarEntry[] {
  const common = { subject, dueAt: null, state: 'asked' as const, taskId };
  if (kind === 'change') return [{ ...common, kind, why: 'Assessed again since data changed' }];
  if (kind === 'renewal') return [{ ...common, kind, why: 'A newer document is to be judged' }];
  return [];
}

/** The time that an unverified client who deposited has (CySEC C721): its own process keeps it. */
async function verificationEntry(tx: Tx, clientId: string, now: Instant): Promise<CalendarEntry[]> {
  const [clock] = await rows<{ entity_id: string; started_at: string }>(
    tx,
    'select entity_id, started_at from verification_clock where client_id = :clientId and ended_at is null',
    { clientId },
  );
  if (!clock) return [];
  const { compiled } = await effectivePolicy(tx, 'deposit', { entityId: clock.entity_id });
  const { verifyWithinDays } = compiled.effective.parameters;
  const dueAt = addDays(instant(utc(clock.started_at)), verifyWithinDays);
  return [
    {
      kind: 'verification',
      subject: null,
      dueAt,
      why: `Deposited before being verified: ${verifyWithinDays} days, then the money goes back (CySEC C721)`,
      state: dueAt <= now ? 'overdue' : 'coming',
      taskId: null,
    },
  ];
}

/** Matches that people judge, for those who judge them: that there is one tells. */
async function screeningEntries(tx: Tx, clientId: string): Promise<CalendarEntry[]> {
  if (tx.scope.kind !== 'staff' || !may(tx.scope, 'screening.decide')) return [];
  const { permissions } = tx.scope;
  const found = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task where kind = 'screening_match' and state = 'open'
       and content ->> 'client' = :clientId order by opened_at, id limit 50`,
    { clientId },
  );
  return found
    .map(taskFromRow)
    .filter((task) => seesTask(permissions, task))
    .map((task) => ({
      kind: 'screening' as const,
      subject: task.subject,
      dueAt: task.dueAt,
      why: 'Comes near a listed name',
      state: 'asked' as const,
      taskId: task.id,
    }));
}

function inWords(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}
