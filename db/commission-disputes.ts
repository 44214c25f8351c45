import { newId } from '../domain/ids';
import { formatAmount } from '../domain/money';
import { lineComponents } from '../domain/partners/component';
import { isLineReason, isNoLineReason, reasonText } from '../domain/partners/reason';
import { conflict, malformed, notFound } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { queueMail } from './mails';
import { readPartner } from './partners';
import { decryptEach, encryptFor } from './personal-data';
import { listLines, type SettlementLine } from './settlement/lines';
import { whyNotPaid } from './settlement/why';
import type { Decision } from './task-inbox';
import { openTask, type Task } from './tasks';

export const disputeStates = ['open', 'accepted', 'declined'] as const;
export type DisputeState = (typeof disputeStates)[number];

/** More than a person can mean: each is a task for somebody. */
export const openDisputesMax = 50;

/** What a question is about: a line of a settlement, or a deal that has none. */
export type DisputeAbout =
  | { readonly settlementId: string; readonly line: string }
  | { readonly serverId: string; readonly ticket: string };

/** A partner's question about commission, with its answer. */
export interface CommissionDispute {
  readonly id: string;
  readonly entityId: string;
  readonly partnerId: string;
  readonly settlementId: string | null;
  readonly line: string | null;
  readonly serverId: string | null;
  readonly ticket: string | null;
  /** Why it was as it was when the partner asked. */
  readonly code: string;
  readonly text: string;
  /** The line of that moment. */
  readonly kept: SettlementLine | null;
  readonly question: string;
  readonly answer: string | null;
  readonly state: DisputeState;
  readonly askedAt: string;
  readonly answeredAt: string | null;
}

type KeptLine = Omit<SettlementLine, 'amountMinor'> & { readonly amountMinor: string };

interface DisputeRow {
  readonly id: string;
  readonly entity_id: string;
  readonly partner_id: string;
  readonly settlement_id: string | null;
  readonly line: string | null;
  readonly server_id: string | null;
  readonly ticket: string | null;
  readonly code: string;
  readonly kept: KeptLine | null;
  readonly question_ct: string;
  readonly answer_ct: string | null;
  readonly state: DisputeState;
  readonly asked_at: string;
  readonly answered_at: string | null;
}

const columns = `id, entity_id, partner_id, settlement_id, line, server_id, ticket, code, kept, question_ct, answer_ct, state,
  asked_at, answered_at`;

/** What a partner asks is its own: who is above in the network sees statements, and no questions. */
const own = '(:own::text is null or partner_id = :own)';
const ownOf = ({ scope }: Tx) => (scope.kind === 'partner' ? scope.partnerId : null);

const questionField = 'dispute.question';
const answerField = 'dispute.answer';

async function fromRows(tx: Tx, found: readonly DisputeRow[]): Promise<CommissionDispute[]> {
  const words = (field: string, textOf: (row: DisputeRow) => string | null) =>
    asSystem(tx, async (system) => {
      const sealed = found.flatMap((row) => {
        const text = textOf(row);
        return text === null ? [] : [{ id: row.id, personId: row.partner_id, text }];
      });
      const texts = await decryptEach(system, field, sealed);
      return new Map(sealed.map(({ id }, at) => [id, texts[at] ?? '']));
    });
  const questions = await words(questionField, (row) => row.question_ct);
  const answers = await words(answerField, (row) => row.answer_ct);
  return found.map((row) => ({
    ...{ id: row.id, entityId: row.entity_id, partnerId: row.partner_id },
    ...{ settlementId: row.settlement_id, line: row.line },
    ...{ serverId: row.server_id, ticket: row.ticket, code: row.code, state: row.state },
    text: isLineReason(row.code) || isNoLineReason(row.code) ? reasonText(row.code) : '',
    kept: row.kept && { ...row.kept, amountMinor: BigInt(row.kept.amountMinor) },
    question: questions.get(row.id) ?? '',
    answer: answers.get(row.id) ?? null,
    askedAt: utc(row.asked_at),
    answeredAt: row.answered_at === null ? null : utc(row.answered_at),
  }));
}

/** Throws `not_found` (404), also for another partner's. */
export async function readDispute(tx: Tx, id: string): Promise<CommissionDispute> {
  const [dispute] = await fromRows(
    tx,
    await rows<DisputeRow>(
      tx,
      `select ${columns} from commission_dispute where id = :id and ${own}`,
      { id, own: ownOf(tx) },
    ),
  );
  if (!dispute) throw notFound('question');
  return dispute;
}

/** Questions that the scope may see, newest first; `after` is the last one's id. */
export async function listDisputes(
  tx: Tx,
  of: {
    readonly state?: DisputeState | undefined;
    readonly partnerId?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<CommissionDispute[]> {
  const found = await rows<DisputeRow>(
    tx,
    `select ${columns} from commission_dispute
     where ${own} and (:state::text is null or state = :state) and (:partnerId::text is null or partner_id = :partnerId)
       and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    {
      ...{ own: ownOf(tx), state: of.state ?? null, partnerId: of.partnerId ?? null },
      ...{ after: of.after ?? null, limit: of.limit },
    },
  );
  return fromRows(tx, found);
}

/** What a question can be about, for the partner who would ask it. */
export interface Disputable {
  readonly about: DisputeAbout;
  readonly code: string;
  readonly text: string;
  readonly kept: SettlementLine | null;
}

/**
 * The line or deal that the partner may ask about: its own lines, and deals of the network's clients. A deal that has lines of
 * the partner's is asked about by the first of them. Throws `not_found` (404).
 */
export async function findDisputable(
  tx: Tx,
  partnerId: string,
  about: DisputeAbout,
): Promise<Disputable> {
  if ('line' in about) {
    const { settlementId, line } = about;
    const before = String(BigInt(line) - 1n);
    const [found] = await listLines(tx, { settlementId, partnerId, after: before, limit: 1 });
    if (found?.line !== line) throw notFound('line');
    return disputableLine(found);
  }
  const answer = await whyNotPaid(tx, about);
  const mine = answer.lines.find((line) => line.partnerId === partnerId);
  if (mine) return disputableLine(mine);
  return { about, code: answer.code, text: answer.text, kept: null };
}

function disputableLine(kept: SettlementLine): Disputable {
  const { settlementId, line, reason, text } = kept;
  return { about: { settlementId, line }, code: reason, text, kept };
}

/**
 * Asks about a line or a deal in the partner's own words, and opens a task for whoever looks after partners. Throws 404; 409
 * `dispute_open` with the question there is, and `too_many_open`.
 */
export async function askAboutCommission(
  tx: Tx,
  about: DisputeAbout,
  question: string,
): Promise<CommissionDispute> {
  const { scope } = tx;
  if (scope.kind !== 'partner') throw notFound('partner');
  const { partnerId } = scope;
  const found = await findDisputable(tx, partnerId, about);
  const partner = await readPartner(tx, partnerId);
  const id = newId('commissionDispute');
  const place = placeOf(found.about);
  await asSystem(tx, async (system) => {
    // Whoever asks twice at once waits here, and is counted.
    await rows(system, 'select 1 from partner where id = :partnerId for update', { partnerId });
    const open = await rows<{ id: string; about: string }>(
      system,
      `select id, about from commission_dispute where partner_id = :partnerId and state = 'open' limit :limit`,
      { partnerId, limit: openDisputesMax },
    );
    const same = open.find((each) => each.about === place.about);
    if (same)
      throw conflict('dispute_open', 'You have asked about this already.', { dispute: same.id });
    if (open.length >= openDisputesMax)
      throw conflict('too_many_open', `${openDisputesMax} questions of yours are open.`);
    await rows(
      system,
      `insert into commission_dispute (id, entity_id, partner_id, about, settlement_id, line, server_id, ticket, code, kept, question_ct)
       values (:id, :entityId, :partnerId, :about, :settlementId, :line, :serverId, :ticket, :code, :kept::jsonb, :question)`,
      {
        ...{ id, entityId: partner.entityId, partnerId, ...place, code: found.code },
        kept:
          found.kept &&
          JSON.stringify({
            ...found.kept,
            amountMinor: found.kept.amountMinor.toString(),
          } satisfies KeptLine),
        question: await encryptFor(system, partnerId, questionField, question),
      },
    );
    const { about: _where, ...named } = place;
    const payload = { partner: partnerId, ...named, reason: found.code };
    await appendEvents(system, [
      {
        ...{ subject: id, type: 'dispute.asked', entityId: partner.entityId, payload },
        personal: { personId: partnerId, data: { question } },
      },
    ]);
    await openTask(system, {
      ...{ kind: 'commission_dispute', subject: id, workflowId: null, clientId: null },
      entityId: partner.entityId,
      title: 'A partner asks about commission',
      issue: [{ code: found.code, detail: found.text }],
      content: { dispute: id, ...payload, ...amountOf(found.kept) },
      key: `commission_dispute/${id}`,
    });
  });
  return readDispute(tx, id);
}

function placeOf(about: DisputeAbout) {
  return 'line' in about
    ? {
        ...{ about: `${about.settlementId}/${about.line}`, settlementId: about.settlementId },
        ...{ line: about.line, serverId: null, ticket: null },
      }
    : {
        ...{ about: `${about.serverId}/${about.ticket}`, settlementId: null, line: null },
        ...{ serverId: about.serverId, ticket: about.ticket },
      };
}

function amountOf(line: SettlementLine | null) {
  return line === null
    ? {}
    : { amount: formatAmount(line.amountMinor, line.currency), currency: line.currency };
}

/** `deal #1202`, `commission for the client, once`: what a question is about, in words. */
export function aboutInWords({ kept, ticket }: CommissionDispute): string {
  const deal = kept?.tickets.at(-1) ?? ticket;
  if (deal !== null) return `deal #${deal}`;
  return kept ? `commission ${lineComponents[kept.component]}` : 'commission';
}

/**
 * What an officer has answered, in the deciding transaction: the decision's note is what the partner reads and is sent. No money
 * moves by it. Throws 400 for an answer without words.
 */
export async function settleDispute(tx: Tx, task: Task, decision: Decision): Promise<void> {
  const answer = decision.note?.trim() ?? '';
  if (answer === '')
    throw malformed('The partner is answered in words.', [
      { pointer: '/body/note', detail: 'is required: the partner reads it' },
    ]);
  const state = task.decision === 'accept' ? 'accepted' : 'declined';
  await asSystem(tx, async (system) => {
    const dispute = await readDispute(system, task.subject);
    const { id, entityId, partnerId } = dispute;
    const changed = await rows(
      system,
      `update commission_dispute set state = :state, answer_ct = :answer, answered_at = clock_timestamp()
       where id = :id and state = 'open' returning 1`,
      { id, state, answer: await encryptFor(system, partnerId, answerField, answer) },
    );
    if (changed.length === 0)
      throw conflict('already_decided', 'This question has been answered.', {
        state: dispute.state,
      });
    await appendEvents(system, [
      {
        ...{ subject: id, type: `dispute.${state}`, entityId, payload: { partner: partnerId } },
        change: { before: { state: 'open' }, after: { state } },
        personal: { personId: partnerId, data: { answer } },
      },
    ]);
    await queueMail(system, {
      ...{ key: `commission_dispute_answered/${id}`, kind: 'commission_dispute_answered' },
      ...{ entityId, partnerId },
      data: {
        ...{ about: aboutInWords(dispute), outcome: state, answer },
        link: `/partner/disputes/${id}`,
      },
    });
  });
}
