import { systemScope } from '../domain/access/scope';
import { clientReasons, reasonCodesIn } from '../domain/kyc/reason-codes';
import type { WantedAccount } from '../domain/onboarding/answers';
import { Problem } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { requestAccount } from '../db/account-opening';
import { readClient } from '../db/clients';
import { inScope, rows, type Database, type Tx } from '../db/connection';
import { openCase, readAnswers, type KycCase } from '../db/kyc';
import { wordsOfCase } from '../db/kyc-requirements';
import { queueMail } from '../db/mails';
import { holderOf } from '../db/parties';
import { finishProcess, setProcess } from '../db/processes';
import { latestTask, openTask } from '../db/tasks';

export interface OnboardingDeps {
  readonly db: Database;
}

export type OnboardingStanding = 'waiting' | 'approved' | 'rejected';

/** What the onboarding of one client does to the world. Every function may be called again. */
export function createOnboardingActivities({ db }: OnboardingDeps) {
  const system = (id: string) => systemScope(`workflow:${workflowIds.onboarding(id)}`);

  return {
    /** Opens the client's case when there is none, and answers how it stands. */
    async readOnboarding(id: string): Promise<OnboardingStanding> {
      return inScope(db, system(id), async (tx) => {
        const of = await openCase(tx, id);
        if (of.state === 'approved' || of.state === 'rejected') return of.state;
        await setProcess(tx, workflowIds.onboarding(id), await waitingFor(tx, of));
        return 'waiting';
      });
    },

    /** Writes to the client how it ended; of a refusal only what a client may read. */
    async tellOutcome(id: string): Promise<void> {
      await inScope(db, system(id), async (tx) => {
        const of = await openCase(tx, id);
        const approved = of.state === 'approved';
        await queueMail(tx, {
          key: `application/${of.id}/${of.state}`,
          kind: approved ? 'application_approved' : 'application_rejected',
          clientId: id,
          entityId: of.entityId,
          data: approved ? { link: '/client' } : { reason: await refusalWords(tx, of) },
        });
        if (of.state === 'rejected') {
          await finishProcess(tx, workflowIds.onboarding(id), {
            state: 'rejected',
            outcome: 'rejected',
          });
        }
      });
    },

    /**
     * Asks for the account the client wanted. What policy refuses goes to a person, who lets it be tried
     * again or ends the onboarding without an account.
     */
    async openFirstAccount(id: string): Promise<'done' | 'waiting'> {
      const wanted = await inScope(db, system(id), (tx) => wantedAccount(tx, id));
      const task = await inScope(db, system(id), (tx) =>
        latestTask(tx, id, 'account_provisioning'),
      );
      if (task?.state === 'open') return 'waiting';
      if (wanted === undefined || task?.decision === 'refuse') {
        await inScope(db, system(id), (tx) => finish(tx, id));
        return 'done';
      }
      try {
        await inScope(db, system(id), async (tx) => {
          await requestAccount(tx, { clientId: id, ...wanted });
          await finish(tx, id);
        });
        return 'done';
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 422) throw error;
        await inScope(db, system(id), (tx) =>
          askOperations(tx, id, { wanted, problem: error, after: task?.id }),
        );
        return 'waiting';
      }
    },
  };
}

async function waitingFor(tx: Tx, of: KycCase): Promise<{ state: string; waitsFor: string }> {
  switch (of.state) {
    case 'collecting': {
      const invited = await rows(
        tx,
        `select 1 from user_account where client_id = :clientId and state = 'invited' limit 1`,
        { clientId: of.clientId },
      );
      return invited.length > 0
        ? { state: 'registered', waitsFor: 'the client to confirm the e-mail address' }
        : { state: 'collecting', waitsFor: 'the client to complete the application' };
    }
    case 'information_requested':
      return { state: 'information_requested', waitsFor: 'the client' };
    default:
      return { state: 'in_review', waitsFor: workflowIds.kyc(of.id) };
  }
}

/** The account asked for, unless there is one already or none was wanted. */
async function wantedAccount(tx: Tx, clientId: string): Promise<WantedAccount | undefined> {
  const present = await rows(
    tx,
    'select 1 from trading_account where client_id = :clientId limit 1',
    { clientId },
  );
  if (present.length > 0) return undefined;
  const of = await openCase(tx, clientId);
  const holder = await holderOf(tx, clientId);
  const answers = await readAnswers(tx, { caseId: of.id, partyId: holder.id });
  return answers?.account ?? undefined;
}

async function finish(tx: Tx, id: string): Promise<void> {
  await finishProcess(tx, workflowIds.onboarding(id), { state: 'approved', outcome: 'done' });
}

async function askOperations(
  tx: Tx,
  clientId: string,
  about: {
    readonly wanted: WantedAccount;
    readonly problem: Problem;
    readonly after: string | undefined;
  },
): Promise<void> {
  const client = await readClient(tx, clientId);
  const reasons = about.problem.extra['reasons'];
  const codes = Array.isArray(reasons) ? reasons.map(String) : [about.problem.code];
  const task = await openTask(tx, {
    kind: 'account_provisioning',
    subject: clientId,
    workflowId: workflowIds.onboarding(clientId),
    entityId: client.entityId,
    clientId,
    title: 'The first account of an approved client was refused by policy',
    issue: codes.map((code) => ({ code, detail: about.problem.detail })),
    content: { client: clientId, type: about.wanted.accountType, currency: about.wanted.currency },
    key: `account_provisioning/${clientId}/${about.after ?? 'first'}`,
  });
  await setProcess(tx, workflowIds.onboarding(clientId), {
    state: 'opening_account',
    waitsFor: `task ${task.id}`,
    due: task.dueAt,
  });
}

async function refusalWords(tx: Tx, of: KycCase): Promise<string> {
  const codes = reasonCodesIn(of.outcomeReason ?? '');
  const said = clientReasons(codes, await wordsOfCase(tx, of));
  if (said.length === 0) return 'Your application does not meet our requirements.';
  return said.map((each) => each.text).join(' ');
}

export type OnboardingActivities = ReturnType<typeof createOnboardingActivities>;
