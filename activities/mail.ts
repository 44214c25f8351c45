import { systemScope } from '../domain/access/scope';
import type { StepResult } from '../domain/outside';
import { waitingFor } from '../domain/outside';
import { workflowIds } from '../temporal-config/workflow-ids';
import { mailKinds } from '../connectors/mail/kinds';
import type { MailSender } from '../connectors/mail/port';
import { renderMail, type RenderedMail } from '../connectors/mail/render';
import { inScope, type Database, type Tx } from '../db/connection';
import { readEntity, type Brand } from '../db/entities';
import { intentOfStep } from '../db/intent-readers';
import { markAbsent, type IntentOutcome } from '../db/intents';
import { markMailFailed, markMailSent, readMail, type Mail } from '../db/mails';
import { setProcess } from '../db/processes';
import { performAndFollow, resultOf } from './outside';

export interface MailDeps {
  readonly db: Database;
  readonly mailSender: MailSender;
  readonly publicUrl: string;
}

/** A letter whose sending was cut off is sent again this often, under the same Message-ID. */
const attemptsMax = 3;

export function createMailActivities(deps: MailDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.mail(id)}`);
  const readIn = async (tx: Tx, id: string) => {
    const mail = await readMail(tx, id);
    return { mail, brand: (await readEntity(tx, mail.entityId)).brand };
  };

  return {
    async sendMail(id: string): Promise<StepResult> {
      const workflowId = workflowIds.mail(id);
      return performAndFollow(db, {
        workflowId,
        prepare: async (tx) => {
          const { mail, brand } = await readIn(tx, id);
          const { entityId, clientId } = mail;
          return {
            plan: {
              ...{ workflowId, step: 'send', kind: 'mail', target: 'smtp', reference: id },
              ...{ entityId, clientId },
            },
            tokenOf: () => id,
            call: () => send(deps, mail, brand),
          };
        },
      });
    },

    /**
     * A mail server cannot be asked. A letter of unknown outcome goes again under the same Message-ID, which
     * readers show once; after three attempts it counts as sent, because a fourth copy helps nobody.
     */
    async lookUpMail(id: string): Promise<StepResult> {
      return inScope(db, system(id), async (tx) => {
        const intent = await intentOfStep(tx, workflowIds.mail(id), 'send');
        if (!intent) return { kind: 'absent', intentId: '' };
        const standing = resultOf(intent);
        if (standing === undefined) return { kind: 'absent', intentId: intent.id };
        if (standing.kind !== 'unknown') return standing;
        if (intent.attempt >= attemptsMax)
          return {
            kind: 'refused',
            intentId: intent.id,
            code: 'OUTCOME_UNKNOWN',
            reason: 'sent, unconfirmed',
          };
        await markAbsent(tx, intent, { rule: 'same Message-ID again' });
        return { kind: 'absent', intentId: intent.id };
      });
    },

    async reportMail(id: string, result: StepResult): Promise<void> {
      await inScope(db, system(id), (tx) =>
        setProcess(tx, workflowIds.mail(id), { state: 'sending', waitsFor: waitingFor(result) }),
      );
    },

    async finishMail(id: string, result: StepResult): Promise<void> {
      await inScope(db, system(id), async (tx) => {
        const { mail, brand } = await readIn(tx, id);
        if (result.kind === 'done') await markMailSent(tx, mail, render(deps, mail, brand));
        else await markMailFailed(tx, mail, result.kind === 'refused' ? result.code : result.kind);
      });
    },
  };
}

async function send(deps: MailDeps, mail: Mail, brand: Brand): Promise<IntentOutcome> {
  if (!mail.to)
    return { kind: 'refused', code: 'NO_ADDRESS', reason: 'the recipient has no address any more' };
  const rendered = render(deps, mail, brand);
  const outcome = await deps.mailSender.send({
    id: mail.id,
    from: { name: brand.name, address: brand.mailFrom },
    to: mail.to.address,
    ...rendered,
  });
  return outcome.kind === 'done' ? { kind: 'done', externalId: outcome.messageId } : outcome;
}

function render(deps: MailDeps, mail: Mail, brand: Brand): RenderedMail {
  const kind = mailKinds.find((known) => known === mail.kind);
  if (!kind) throw new Error(`there is no mail template ${mail.kind}`);
  const link = mail.data['link'];
  const data = {
    name: mail.to?.name ?? '',
    ...mail.data,
    ...(typeof link === 'string' ? { link: new URL(link, deps.publicUrl).toString() } : {}),
    brand,
  };
  return renderMail(kind, mail.locale, data);
}

export type MailActivities = ReturnType<typeof createMailActivities>;
