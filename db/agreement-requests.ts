import { codeOfTitle, hashOfText, type AgreementPlan } from '../domain/agreement/agreement';
import { newId } from '../domain/ids';
import { conflict, notFound, refused } from '../domain/problem';
import {
  contentOfAgreement,
  hashedTexts,
  readAgreement,
  type AgreementVersion,
} from './agreements';
import { asSystem, rows, type Tx } from './connection';
import { appendEvents } from './events';
import { contentHashOf, openTask, recordParticipation, type Task } from './tasks';
import { assertVisible } from './visible';

/**
 * Asks for a new version of an agreement; another person publishes it (task `agreement_approval`). Throws 404 for an
 * entity out of sight, 409 `agreement_proposed` while another version of it waits, 422 `in_the_past`.
 */
export async function proposeAgreement(
  tx: Tx,
  entityId: string,
  plan: AgreementPlan,
): Promise<AgreementVersion> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('entity');
  await assertVisible(tx, 'entity', entityId);
  const { userId } = scope;
  const today = new Date().toISOString().slice(0, 10);
  if (plan.effectiveFrom !== undefined && plan.effectiveFrom < today)
    throw refused('in_the_past', 'A version is not in force before it is published.');
  return asSystem(tx, async (system) => {
    await lockAgreement(system, entityId, plan.code);
    const id = newId('agreement');
    const inserted = await rows(
      system,
      `insert into agreement_version (id, entity_id, code, version, texts, reaccept, grace_days, wanted_from, requested_by)
       select :id, :entityId, :code, coalesce((select max(version) from agreement_version
           where entity_id = :entityId and code = :code and state = 'published'), 0) + 1,
         :texts, :reaccept, :graceDays, :wantedFrom, :userId
       on conflict (entity_id, code) where state = 'proposed' do nothing returning 1`,
      {
        ...{ id, entityId, code: plan.code, userId },
        ...{ reaccept: plan.reaccept, graceDays: plan.graceDays },
        texts: JSON.stringify(hashedTexts(plan.texts)),
        wantedFrom: plan.effectiveFrom === undefined ? null : `${plan.effectiveFrom}T00:00:00Z`,
      },
    );
    if (inserted.length === 0)
      throw conflict('agreement_proposed', 'Another version of it waits to be published.');
    const version = await readAgreement(system, id);
    await recordParticipation(system, id, userId, 'requested');
    await appendEvents(system, [eventOf(version, 'agreement.proposed')]);
    await openTask(system, {
      kind: 'agreement_approval',
      subject: id,
      workflowId: null,
      entityId,
      clientId: null,
      title: `${version.texts[0].title}, version ${version.version} of ${entityId}`,
      issue: [
        {
          code: 'NEW_VERSION',
          detail: plan.reaccept
            ? `every client of ${entityId} has ${plan.graceDays} days to accept it`
            : 'holds for new clients; nobody else is asked',
        },
      ],
      content: contentOfAgreement(version),
      excluded: [userId],
      key: `agreement_approval/${id}`,
    });
    return version;
  });
}

/** Two versions of one agreement are numbered and put into force one after the other. */
async function lockAgreement(system: Tx, entityId: string, code: string): Promise<void> {
  await system.sql.raw('select pg_advisory_xact_lock(hashtext(:agreement))', {
    agreement: `agreement/${entityId}/${code}`,
  });
}

/** What follows from the decision, in the transaction that decides: it is published for ever, or over. */
export async function settleAgreement(tx: Tx, task: Task): Promise<void> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('task');
  const { userId } = scope;
  await asSystem(tx, async (system) => {
    const version = await readAgreement(system, task.subject);
    await lockAgreement(system, version.entityId, version.code);
    if (contentHashOf(contentOfAgreement(version)) !== task.contentHash)
      throw new Error(`${version.id} is not what was approved`);
    for (const text of version.texts)
      if (hashOfText(text) !== text.hash) throw new Error(`${version.id} has another text`);
    const isPublished = task.decision === 'approve';
    // Not before the version that it follows, whatever day was wished for.
    const changed = await rows(
      system,
      isPublished
        ? `update agreement_version v set state = 'published', published_by = :userId, finished_at = clock_timestamp(),
             effective_from = greatest(clock_timestamp(), wanted_from, (select max(e.effective_from) from agreement_version e
               where e.entity_id = v.entity_id and e.code = v.code and e.state = 'published'))
           where id = :id and state = 'proposed' returning 1`
        : `update agreement_version set state = 'rejected', finished_at = clock_timestamp()
           where id = :id and state = 'proposed' returning 1`,
      { id: version.id, userId },
    );
    if (changed.length === 0) throw new Error(`${version.id} is decided already`);
    await appendEvents(system, [
      eventOf(
        await readAgreement(system, version.id),
        isPublished ? 'agreement.published' : 'agreement.rejected',
      ),
    ]);
  });
}

/** The texts that an entity is made with: first versions, agreed on by the two who agreed on the entity. */
export async function publishFirstAgreements(
  system: Tx,
  entityId: string,
  {
    texts,
    proposedBy,
    approvedBy,
  }: {
    readonly texts: readonly { readonly title: string; readonly text: string }[];
    readonly proposedBy: string;
    readonly approvedBy: string;
  },
): Promise<void> {
  const codes = new Set<string>();
  for (const { title, text } of texts) {
    const id = newId('agreement');
    const code = codeOfTitle(title, codes);
    codes.add(code);
    await rows(
      system,
      `insert into agreement_version (id, entity_id, code, version, texts, reaccept, grace_days, effective_from, state,
         requested_by, published_by, finished_at)
       values (:id, :entityId, :code, 1, :texts, false, 0, clock_timestamp(), 'published', :proposedBy, :approvedBy, clock_timestamp())`,
      {
        ...{ id, entityId, code, proposedBy, approvedBy },
        texts: JSON.stringify(hashedTexts([{ locale: 'en', title, text }])),
      },
    );
    await appendEvents(system, [eventOf(await readAgreement(system, id), 'agreement.published')]);
  }
}

function eventOf(version: AgreementVersion, type: `agreement.${string}`) {
  const { id, entityId, code, texts, reaccept, graceDays, effectiveFrom } = version;
  return {
    subject: id,
    type,
    entityId,
    payload: {
      ...{ code, version: version.version, reaccept, graceDays, requestedBy: version.requestedBy },
      ...(effectiveFrom === null ? {} : { effectiveFrom }),
      texts: texts.map(({ locale, hash }) => ({ locale, hash })),
    },
  };
}
