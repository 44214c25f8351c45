import type { Facts } from '../domain/policy/fact';
import { newId } from '../domain/ids';
import { refused } from '../domain/problem';
import { systemScope } from '../domain/access/scope';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { acceptAtRegistration } from './agreement-acceptance';
import { asSystem, rows, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { readEntity } from './entities';
import { appendEvents } from './events';
import { queueMail } from './mails';
import { createLink } from './one-time-links';
import { addParty } from './parties';
import { noteIp } from './personal-data';
import { effectivePolicy } from './policies';
import { evaluate } from '../domain/policy/evaluate';
import { secondsSinceClick } from './referral-clicks';
import { createUser, findCredentials, type User } from './users';

export interface Registration {
  readonly name: string;
  readonly email: string;
  /** ISO 3166 alpha-2. */
  readonly residence: string;
  readonly nationality?: string;
  readonly usPerson?: boolean;
  readonly birthDate?: string;
  readonly phone?: string;
  readonly address?: string;
  readonly currency: string;
  readonly locale?: string;
  /** The entity whose brand the client came to; the policy decides. */
  readonly requestedEntity?: string;
  readonly referralCode?: string;
  /** When the link was followed, as it was sealed then. */
  readonly click?: string;
  /** From where it came; kept as a digest. */
  readonly ip?: string;
}

export type Registered =
  | { readonly kind: 'registered'; readonly clientId: string; readonly userId: string }
  /** The address has a log-in: its owner got a mail, and the caller must answer as for `registered`. */
  | { readonly kind: 'known' };

/**
 * Registers a client with the entity that the policy `entity.assignment` names: client, holder and log-in,
 * attribution, the start of onboarding and the mail with the link that confirms the address.
 * 422 `country_not_served` or `entity_review`; 422 `currency_not_offered`.
 */
export async function registerClient(tx: Tx, registration: Registration): Promise<Registered> {
  return asSystem(tx, async (system) => {
    const entityId = await assignEntity(system, registration);
    const entity = await readEntity(system, entityId);
    if (!entity.currencies.includes(registration.currency)) {
      throw refused('currency_not_offered', 'This currency is not offered in your country.', {
        currencies: entity.currencies,
      });
    }
    // Two registrations of one address at once: the second waits and is `known`.
    const index = system.keys.blindIndex('email', registration.email.trim().toLowerCase());
    await system.sql.raw('select pg_advisory_xact_lock(hashtext(:index))', { index });
    const known = await findCredentials(system, 'client', registration.email);
    if (known) {
      await tellOwner(system, known.user);
      return { kind: 'known' };
    }
    return createClient(system, entityId, registration);
  });
}

async function assignEntity(tx: Tx, registration: Registration): Promise<string> {
  const policy = await effectivePolicy(tx, 'entity.assignment', {});
  const facts: Facts = {
    'client.residence': registration.residence,
    'client.nationality': registration.nationality,
    'client.usPerson': registration.usPerson,
    'client.requestedEntity': registration.requestedEntity,
  };
  const { outcome } = evaluate(policy.compiled, facts);
  switch (outcome.decision) {
    case 'assign':
      return outcome.entity;
    case 'refuse':
      throw refused('country_not_served', 'We cannot open accounts for residents of your country.');
    case 'review':
      throw refused(
        'entity_review',
        'An account for a resident of your country cannot be opened online. Please write to us.',
      );
  }
}

async function createClient(
  tx: Tx,
  entityId: string,
  registration: Registration,
): Promise<Registered> {
  const clientId = newId('client');
  const userId = newId('user');
  // From here on the new person acts.
  const own: Tx = { ...tx, scope: systemScope(`user:${userId}`) };
  await rows(
    own,
    `insert into client (id, entity_id, residence, state, currency, locale, terms_accepted_at)
     values (:id, :entityId, :residence, 'registered', :currency, :locale, clock_timestamp())`,
    {
      id: clientId,
      entityId,
      residence: registration.residence,
      currency: registration.currency,
      locale: registration.locale ?? 'en',
    },
  );
  const { birthDate, phone, address, nationality } = registration;
  const party = await addParty(
    own,
    { entityId, clientId, role: 'holder' },
    {
      name: registration.name.trim(),
      email: registration.email.trim(),
      ...(birthDate === undefined ? {} : { birth_date: birthDate }),
      ...(phone === undefined ? {} : { phone }),
      ...(address === undefined ? {} : { address }),
      ...(nationality === undefined ? {} : { nationality }),
    },
  );
  await appendEvents(own, [
    {
      subject: clientId,
      type: 'client.registered',
      entityId,
      clientId,
      payload: {
        residence: registration.residence,
        currency: registration.currency,
        party: party.id,
      },
      personal: {
        personId: party.id,
        data: { name: registration.name.trim(), email: registration.email.trim() },
      },
    },
  ]);
  const { locale = 'en' } = registration;
  await acceptAtRegistration(own, { id: clientId, entityId, locale });
  const user = await createUser(own, {
    id: userId,
    kind: 'client',
    email: registration.email,
    name: registration.name,
    entityId,
    clientId,
    state: 'invited',
  });
  if (registration.ip !== undefined) await noteIp(own, userId, registration.ip);
  if (registration.referralCode !== undefined) {
    const { referralCode: code, click } = registration;
    await attribute(own, { entityId, clientId, code, ...(click === undefined ? {} : { click }) });
  }
  await enqueueStart(own, {
    workflow: 'onboarding',
    workflowId: workflowIds.onboarding(clientId),
    taskQueue: taskQueues.workflows,
    args: { id: clientId },
    subject: clientId,
    entityId,
    clientId,
  });
  await mailPasswordLink(own, user, 'verify_email');
  return { kind: 'registered', clientId, userId };
}

/**
 * First touch: the link's partner of the same entity. An unknown code attributes nothing; of one that brings nobody it is kept that
 * the client came by it.
 */
async function attribute(
  tx: Tx,
  {
    entityId,
    clientId,
    code,
    click,
  }: { entityId: string; clientId: string; code: string; click?: string },
): Promise<void> {
  const [link] = await rows<{ partner_id: string; brings: boolean }>(
    tx,
    `select l.partner_id, coalesce(p.state = 'active' or (p.state = 'suspended' and s.links), false) as brings
     from referral_link l join partner p on p.id = l.partner_id
     left join partner_standing s on s.partner_id = p.id and s.to_at is null
     where l.code = :code and l.entity_id = :entityId`,
    { code, entityId },
  );
  if (!link) return;
  if (!link.brings) {
    await rows(
      tx,
      'insert into client_came_by (client_id, entity_id, link_code) values (:clientId, :entityId, :code)',
      { clientId, entityId, code },
    );
    return;
  }
  await rows(
    tx,
    `insert into attribution (client_id, partner_id, entity_id, link_code, from_at, actor, click_seconds)
     values (:clientId, :partnerId, :entityId, :code, clock_timestamp(), :actor, :clickSeconds)`,
    {
      ...{ clientId, partnerId: link.partner_id, entityId, code, actor: tx.scope.actor },
      clickSeconds: click === undefined ? null : (secondsSinceClick(tx, { code, click }) ?? null),
    },
  );
  await appendEvents(tx, [
    {
      subject: clientId,
      type: 'client.attributed',
      entityId,
      clientId,
      payload: { partner: link.partner_id },
    },
  ]);
}

/** The owner of the address learns that somebody registered with it; whoever did learns nothing. */
async function tellOwner(tx: Tx, user: User): Promise<void> {
  await mailPasswordLink(tx, user, user.state === 'invited' ? 'verify_email' : 'password_reset');
}

/** Mails a link under which the person sets a password, at most one each ten minutes. */
export async function mailPasswordLink(
  tx: Tx,
  user: User,
  kind: 'verify_email' | 'password_reset',
): Promise<void> {
  const entityId = user.entityId ?? user.entities[0];
  if (entityId === undefined || user.state === 'disabled') return;
  const purpose = kind === 'verify_email' ? 'verify_email' : 'set_password';
  const recent = await rows(
    tx,
    `select 1 from one_time_link where purpose = :purpose and subject = :userId and used_at is null
       and created_at > now() - interval '10 minutes' and expires_at > now()`,
    { purpose, userId: user.id },
  );
  if (recent.length > 0) return;
  const link = await createLink(tx, {
    purpose,
    subject: user.id,
    userId: user.id,
    entityId,
    clientId: user.clientId,
  });
  await queueMail(tx, {
    key: `${kind}/${user.id}/${link.expiresAt}`,
    kind,
    entityId,
    ...(user.clientId === null ? { userId: user.id } : { clientId: user.clientId }),
    data: { link: link.path, expires: link.expiresAt },
  });
}
