import { createHash, randomBytes } from 'node:crypto';
import { newId } from '../domain/ids';
import { Problem } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';

/**
 * `verify_email`: a new client confirms the address and sets the first password.
 * `set_password`: an invited colleague or a partner sets one, or anybody after "forgotten".
 * `platform_password`: the owner of a trading account sets the platform's password.
 */
export type LinkPurpose = 'verify_email' | 'set_password' | 'platform_password';

export const linkHours: Readonly<Record<LinkPurpose, number>> = {
  verify_email: 48,
  set_password: 48,
  platform_password: 72,
};

export interface NewLink {
  readonly purpose: LinkPurpose;
  /** What the link is about: a user or a trading account. */
  readonly subject: string;
  readonly userId?: string | null;
  readonly entityId: string;
  readonly clientId?: string | null;
}

export interface OneTimeLink {
  readonly id: string;
  readonly purpose: LinkPurpose;
  readonly subject: string;
  readonly userId: string | null;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly expiresAt: string;
}

interface LinkRow {
  readonly id: string;
  readonly purpose: LinkPurpose;
  readonly subject: string;
  readonly user_id: string | null;
  readonly entity_id: string;
  readonly client_id: string | null;
  readonly expires_at: string;
}

const columns = 'id, purpose, subject, user_id, entity_id, client_id, expires_at';

function fromRow(row: LinkRow): OneTimeLink {
  return {
    id: row.id,
    purpose: row.purpose,
    subject: row.subject,
    userId: row.user_id,
    entityId: row.entity_id,
    clientId: row.client_id,
    expiresAt: utc(row.expires_at),
  };
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * Makes a link that works once. Its token stands in `path` alone (give that to `queueMail`, which seals it);
 * the table has its digest. An older unused link for the same purpose and subject stops working.
 */
export async function createLink(
  tx: Tx,
  link: NewLink,
): Promise<{ readonly path: string; readonly expiresAt: string }> {
  const token = randomBytes(32).toString('base64url');
  return asSystem(tx, async (system) => {
    await rows(
      system,
      `update one_time_link set expires_at = now()
       where purpose = :purpose and subject = :subject and used_at is null and expires_at > now()`,
      { purpose: link.purpose, subject: link.subject },
    );
    const [row] = await rows<LinkRow>(
      system,
      `insert into one_time_link (id, token_hash, purpose, subject, user_id, entity_id, client_id, expires_at)
       values (:id, :tokenHash, :purpose, :subject, :userId, :entityId, :clientId, now() + :hours * interval '1 hour')
       returning ${columns}`,
      {
        id: newId('link'),
        tokenHash: digest(token),
        purpose: link.purpose,
        subject: link.subject,
        userId: link.userId ?? null,
        entityId: link.entityId,
        clientId: link.clientId ?? null,
        hours: linkHours[link.purpose],
      },
    );
    if (!row) throw new Error('the link was not inserted');
    return { path: `/links/${token}`, expiresAt: utc(row.expires_at) };
  });
}

/** The link behind a token, still unused. Throws `link_invalid` (404): used, expired and unknown read alike. */
export async function readLink(tx: Tx, token: string): Promise<OneTimeLink> {
  const [row] = await asSystem(tx, (system) =>
    rows<LinkRow>(
      system,
      `select ${columns} from one_time_link where token_hash = :hash and used_at is null and expires_at > now()`,
      { hash: digest(token) },
    ),
  );
  if (!row) throw linkInvalid();
  return fromRow(row);
}

/** Uses the link up; of two at once one wins and the other gets `link_invalid` (404). */
export async function consumeLink(tx: Tx, token: string): Promise<OneTimeLink> {
  const [row] = await asSystem(tx, (system) =>
    rows<LinkRow>(
      system,
      `update one_time_link set used_at = clock_timestamp()
       where token_hash = :hash and used_at is null and expires_at > now() returning ${columns}`,
      { hash: digest(token) },
    ),
  );
  if (!row) throw linkInvalid();
  return fromRow(row);
}

/** 404: used, expired, unknown and another person's link all read alike. */
export function linkInvalid(): Problem {
  return new Problem({
    status: 404,
    code: 'link_invalid',
    detail: 'This link has been used, has expired, or never was. Ask for a new one.',
  });
}
