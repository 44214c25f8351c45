import {
  outstandingOf,
  textIn,
  type Outstanding,
  versionsInForce,
  type VersionInTime,
} from '../domain/agreement/agreement';
import { conflict, notFound, refused } from '../domain/problem';
import {
  agreementsInForce,
  publishedAgreements,
  versionsMax,
  type PublishedVersion,
} from './agreements';
import { readClient, type Client } from './clients';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';

/** That a client accepted a version: who, when, and the hash of what they read. */
export interface Acceptance {
  readonly clientId: string;
  readonly versionId: string;
  readonly code: string;
  readonly version: number;
  readonly title: string;
  readonly locale: string;
  readonly hash: string;
  /** Who acted: `user:usr_…`. */
  readonly acceptedBy: string;
  readonly at: string;
}

/** What the client accepted, the newest first. Throws `not_found` (404) for a client out of sight. */
export async function acceptancesOf(
  tx: Tx,
  clientId: string,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<Acceptance[]> {
  await assertOwn(tx, clientId);
  const found = await rows<{
    version_id: string;
    locale: string;
    hash: string;
    accepted_by: string;
    at: string;
  }>(
    tx,
    `select version_id, locale, hash, accepted_by, at from agreement_acceptance
     where client_id = :clientId and (:after::text is null or version_id < :after) order by version_id desc limit :limit`,
    { clientId, after: after ?? null, limit },
  );
  const ids = found.map(({ version_id: id }) => id);
  // What was agreed to is public; the versions themselves are the entity's.
  const named = await asSystem(tx, (system) =>
    rows<{ id: string; code: string; version: number; texts: PublishedVersion['texts'] }>(
      system,
      'select id, code, version, texts from agreement_version where id = any (:ids)',
      { ids },
    ),
  );
  return found.flatMap((row) => {
    const of = named.find(({ id }) => id === row.version_id);
    if (!of) return [];
    return [
      {
        clientId,
        versionId: of.id,
        code: of.code,
        version: of.version,
        title: textIn(of.texts, row.locale).title,
        locale: row.locale,
        hash: row.hash,
        acceptedBy: row.accepted_by,
        at: utc(row.at),
      },
    ];
  });
}

/** What a client has agreed to is no partner's business, though the client is theirs. */
async function assertOwn(tx: Tx, clientId: string): Promise<Client> {
  if (tx.scope.kind === 'partner') throw notFound('client');
  return readClient(tx, clientId);
}

/** What the client still has to accept, by the time of now. Throws `not_found` (404) for a client out of sight. */
export async function outstandingAgreements(
  tx: Tx,
  clientId: string,
): Promise<Outstanding<PublishedVersion>[]> {
  return (await agreementStanding(tx, clientId)).outstanding;
}

interface AgreementStanding {
  readonly client: Client;
  /** With the client's entity, whether accepted or not. */
  readonly inForce: readonly PublishedVersion[];
  readonly outstanding: Outstanding<PublishedVersion>[];
}

/** The same with all that is in force. */
export async function agreementStanding(tx: Tx, clientId: string): Promise<AgreementStanding> {
  const client = await assertOwn(tx, clientId);
  const versions = await publishedAgreements(tx, client.entityId);
  const now = Date.now();
  return {
    client,
    inForce: versionsInForce(versions, now),
    outstanding: outstandingOf(versions, await acceptedVersions(tx, clientId), now),
  };
}

async function acceptedVersions(tx: Tx, clientId: string): Promise<ReadonlySet<string>> {
  const found = await asSystem(tx, (system) =>
    rows<{ id: string }>(
      system,
      'select version_id as id from agreement_acceptance where client_id = :clientId',
      { clientId },
    ),
  );
  return new Set(found.map(({ id }) => id));
}

/** A version without its text: what a banner, or a refusal, tells of it. */
interface NamedVersion extends VersionInTime {
  readonly title: string;
}

/** As `outstandingAgreements`, with the titles alone, in the client’s language: it is asked for with each page and each command. */
export async function waitingAgreements(
  tx: Tx,
  clientId: string,
): Promise<Outstanding<NamedVersion>[]> {
  const { entityId, locale } = await assertOwn(tx, clientId);
  const versions = await asSystem(tx, (system) =>
    rows<VersionInTime>(
      system,
      `select v.id, v.code, v.version, v.reaccept, v.grace_days as "graceDays", v.effective_from as "effectiveFrom"
       from agreement_version v where v.entity_id = :entityId and v.state = 'published'
       order by v.code, v.version limit :limit`,
      { entityId, limit: versionsMax },
    ),
  );
  if (!versions.some(({ reaccept }) => reaccept)) return [];
  const waiting = outstandingOf(
    versions.map((each) => ({ ...each, effectiveFrom: utc(each.effectiveFrom) })),
    await acceptedVersions(tx, clientId),
    Date.now(),
  );
  return waiting.length === 0 ? [] : named(tx, waiting, locale);
}

interface TitleIn {
  readonly locale: string;
  readonly title: string;
}

/** Texts are long: the title is looked for in those alone that wait. */
async function named(
  tx: Tx,
  waiting: readonly Outstanding[],
  locale: string,
): Promise<Outstanding<NamedVersion>[]> {
  const titles = await asSystem(tx, (system) =>
    rows<{ id: string; texts: [TitleIn, ...TitleIn[]] }>(
      system,
      `select v.id, jsonb_agg(jsonb_build_object('locale', t.text ->> 'locale', 'title', t.text ->> 'title') order by t.at) as texts
       from agreement_version v, jsonb_array_elements(v.texts) with ordinality as t (text, at)
       where v.id = any (:ids) group by v.id`,
      { ids: waiting.map(({ current }) => current.id) },
    ),
  );
  return waiting.map((each) => {
    const texts = titles.find(({ id }) => id === each.current.id)?.texts;
    const title = texts === undefined ? '' : textIn(texts, locale).title;
    return { ...each, current: { ...each.current, title } };
  });
}

/**
 * New business waits for what the client has to accept: 422 `agreements_outstanding` once the time for it is over. Money
 * that leaves never asks this.
 */
export async function assertAgreed(tx: Tx, clientId: string): Promise<void> {
  const overdue = (await waitingAgreements(tx, clientId)).filter(({ isOverdue }) => isOverdue);
  if (overdue.length === 0) return;
  const titles = overdue.map(({ current }) => current.title).join(', ');
  throw refused(
    'agreements_outstanding',
    `There is a new version of: ${titles}. It has to be read and accepted first, under Agreements. Withdrawals are possible all the same.`,
    { agreements: overdue.map(({ current }) => current.id) },
  );
}

/** One text as the client saw it. */
interface SeenText {
  readonly versionId: string;
  readonly hash: string;
}

/**
 * The client accepts what they were shown. 409 `agreement_changed` where one of them is not the version in force, or not
 * the text of it: nothing is accepted then. What was accepted before stays as it was.
 */
export async function acceptAgreements(
  tx: Tx,
  clientId: string,
  seen: readonly SeenText[],
): Promise<void> {
  const client = await readClient(tx, clientId);
  const inForce = await agreementsInForce(tx, client.entityId);
  const texts = seen.map(({ versionId, hash }) => {
    const version = inForce.find(({ id }) => id === versionId);
    const text = version?.texts.find((each) => each.hash === hash);
    if (!version || !text)
      throw conflict(
        'agreement_changed',
        'There is a newer version meanwhile. Please read it: nothing has been accepted.',
      );
    return { version, text };
  });
  await asSystem(tx, (system) => keepAcceptances(system, client, texts));
}

/** Whoever registers accepts what is in force, in their language. Runs as the system, in the name of the new client. */
export async function acceptAtRegistration(
  system: Tx,
  client: { readonly id: string; readonly entityId: string; readonly locale: string },
): Promise<void> {
  const inForce = await agreementsInForce(system, client.entityId);
  await keepAcceptances(
    system,
    client,
    inForce.map((version) => ({ version, text: textIn(version.texts, client.locale) })),
  );
}

async function keepAcceptances(
  system: Tx,
  { id: clientId, entityId }: { readonly id: string; readonly entityId: string },
  texts: readonly {
    readonly version: PublishedVersion;
    readonly text: PublishedVersion['texts'][number];
  }[],
): Promise<void> {
  for (const { version, text } of texts) {
    const inserted = await rows(
      system,
      `insert into agreement_acceptance (client_id, version_id, entity_id, locale, hash, accepted_by)
       values (:clientId, :versionId, :entityId, :locale, :hash, :by) on conflict do nothing returning 1`,
      {
        ...{ clientId, versionId: version.id, entityId },
        ...{ locale: text.locale, hash: text.hash, by: system.scope.actor },
      },
    );
    if (inserted.length === 0) continue;
    await appendEvents(system, [
      {
        subject: clientId,
        type: 'client.agreement_accepted',
        ...{ entityId, clientId },
        payload: {
          ...{ agreement: version.id, code: version.code, version: version.version },
          ...{ locale: text.locale, hash: text.hash },
        },
      },
    ]);
  }
}
