import type { EventType } from '../domain/access/event-access';
import { newId } from '../domain/ids';
import { Problem } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { asSystem, rows, utc, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { appendEvents, canonical, type Json } from './events';
import { decryptFor, encryptFor, erasedText } from './personal-data';
import { finishProcess } from './processes';

export interface NewMail {
  /** Queuing again under the same key sends nothing: one letter for one occasion. */
  readonly key: string;
  /** Template kind (connectors/mail/templates). */
  readonly kind: string;
  readonly entityId: string;
  /** Exactly one of these; the address is looked up when it is sent. */
  readonly clientId?: string;
  readonly userId?: string;
  readonly partnerId?: string;
  /** What the template needs; kept as the recipient's ciphertext. */
  readonly data: { readonly [key: string]: Json };
}

/** Queues a letter in the caller's transaction; a process of its own sends it. */
export async function queueMail(tx: Tx, mail: NewMail): Promise<void> {
  const person = mail.clientId ?? mail.userId ?? mail.partnerId;
  if (person === undefined) throw new Error('a letter needs a recipient');
  const recipient = mail.clientId
    ? `client:${person}`
    : mail.userId
      ? `user:${person}`
      : `partner:${person}`;
  const id = newId('mail');
  await asSystem(tx, async (system) => {
    const sealed = await sealedUnlessErased(system, person, canonical(mail.data));
    if (sealed === undefined) return;
    const inserted = await rows(
      system,
      `insert into mail (id, key, entity_id, client_id, recipient, kind, data_ct, state)
       values (:id, :key, :entityId, :clientId, :recipient, :kind, :data, 'queued') on conflict (key) do nothing returning 1`,
      {
        id,
        key: mail.key,
        entityId: mail.entityId,
        clientId: mail.clientId ?? null,
        recipient,
        kind: mail.kind,
        data: sealed,
      },
    );
    if (inserted.length === 0) return;
    await enqueueStart(system, {
      workflow: 'deliverMail',
      workflowId: workflowIds.mail(id),
      taskQueue: taskQueues.workflows,
      args: { id },
      subject: id,
      entityId: mail.entityId,
      clientId: mail.clientId ?? null,
    });
  });
}

/** Undefined for who has been erased: there is nobody to write to. */
async function sealedUnlessErased(tx: Tx, person: string, text: string) {
  try {
    return await encryptFor(tx, person, 'mail.data', text);
  } catch (error) {
    if (error instanceof Problem && error.code === 'erased') return undefined;
    throw error;
  }
}

/** A moment as people read it in a letter: `2026-12-24 10:00 UTC`. */
export function mailTime(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export interface Mail {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly recipient: { readonly kind: 'client' | 'user' | 'partner'; readonly id: string };
  readonly kind: string;
  readonly locale: string;
  readonly data: { readonly [key: string]: Json };
  readonly state: 'queued' | 'sent' | 'failed';
  /** Whom it goes to; undefined once their personal data is erased. */
  readonly to: { readonly name: string; readonly address: string } | undefined;
}

/** A letter with its recipient's address, for the sender alone. */
export async function readMail(tx: Tx, id: string): Promise<Mail> {
  const [row] = await rows<{
    id: string;
    entity_id: string;
    client_id: string | null;
    recipient: string;
    kind: string;
    locale: string;
    data_ct: string;
    state: 'queued' | 'sent' | 'failed';
  }>(
    tx,
    'select id, entity_id, client_id, recipient, kind, locale, data_ct, state from mail where id = :id',
    { id },
  );
  if (!row) throw new Error(`there is no mail ${id}`);
  const [kind = '', person = ''] = row.recipient.split(':');
  if (kind !== 'client' && kind !== 'user' && kind !== 'partner')
    throw new Error('a letter without a recipient');
  const data = await decryptFor(tx, person, 'mail.data', row.data_ct);
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    recipient: { kind, id: person },
    kind: row.kind,
    locale: row.locale,
    data: data === erasedText ? {} : (JSON.parse(data) as { [key: string]: Json }),
    state: row.state,
    to: await addressOf(tx, kind, person),
  };
}

async function addressOf(
  tx: Tx,
  kind: 'client' | 'user' | 'partner',
  id: string,
): Promise<{ name: string; address: string } | undefined> {
  const statement = {
    client: `select id, name_ct, email_ct from party where client_id = :id and role = 'holder' order by created_at limit 1`,
    user: 'select id, name_ct, email_ct from user_account where id = :id',
    partner: 'select id, name_ct, email_ct from partner where id = :id',
  }[kind];
  const [row] = await rows<{ id: string; name_ct: string; email_ct: string }>(tx, statement, {
    id,
  });
  if (!row) return undefined;
  const address = await decryptFor(tx, row.id, 'email', row.email_ct);
  if (address === erasedText) return undefined;
  return { name: await decryptFor(tx, row.id, 'name', row.name_ct), address };
}

/** Records that the letter went, with what it said as the recipient's ciphertext, on the client's timeline. */
export async function markMailSent(
  tx: Tx,
  mail: Mail,
  { subject, text }: { subject: string; text: string },
): Promise<void> {
  const moved = await rows(
    tx,
    `update mail set state = 'sent', sent_at = clock_timestamp(), subject_ct = :subject, text_ct = :text
     where id = :id and state = 'queued' returning 1`,
    {
      id: mail.id,
      subject: await encryptFor(tx, mail.recipient.id, 'mail.subject', subject),
      text: await encryptFor(tx, mail.recipient.id, 'mail.text', text),
    },
  );
  if (moved.length > 0) await appendEvents(tx, [mailEvent(mail, 'mail.sent', {})]);
  await finishProcess(tx, workflowIds.mail(mail.id), { state: 'sent', outcome: 'done' });
}

export async function markMailFailed(tx: Tx, mail: Mail, code: string): Promise<void> {
  const moved = await rows(
    tx,
    `update mail set state = 'failed' where id = :id and state = 'queued' returning 1`,
    { id: mail.id },
  );
  if (moved.length > 0) await appendEvents(tx, [mailEvent(mail, 'mail.failed', { code })]);
  await finishProcess(tx, workflowIds.mail(mail.id), { state: 'failed', outcome: code });
}

function mailEvent(mail: Mail, type: EventType, payload: { readonly [key: string]: Json }) {
  return {
    subject: mail.id,
    type,
    entityId: mail.entityId,
    clientId: mail.clientId,
    payload: { kind: mail.kind, ...payload },
  };
}

export interface MailSummary {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly createdAt: string;
  readonly sentAt: string | null;
}

export async function mailsOfClient(tx: Tx, clientId: string): Promise<MailSummary[]> {
  const found = await rows<{
    id: string;
    kind: string;
    state: string;
    created_at: string;
    sent_at: string | null;
  }>(
    tx,
    'select id, kind, state, created_at, sent_at from mail where client_id = :clientId order by created_at desc limit 200',
    { clientId },
  );
  return found.map((row) => ({
    id: row.id,
    kind: row.kind,
    state: row.state,
    createdAt: utc(row.created_at),
    sentAt: row.sent_at === null ? null : utc(row.sent_at),
  }));
}
