import { decideDocument, currentDocuments } from '../db/documents';
import { decideSource, listDeclaredSources } from '../db/declared-sources';
import { inScope } from '../db/connection';
import { readCase, type KycCase } from '../db/kyc';
import { decide as decideTask } from '../db/task-decisions';
import { readTask, type Task } from '../db/tasks';
import type { StaffScope } from '../domain/access/scope';
import type { KycCaseState } from '../domain/kyc/case-state';
import {
  declareSources,
  passport,
  passportLines,
  picture,
  register,
  submit,
  upload,
  utilityBill,
  type Applicant,
  type ApplicantOptions,
  type PassportOptions,
} from '../tests/processes/applicants';
import { colleague } from '../tests/processes/people';
import type { Stage } from '../tests/processes/stage';
import { until } from '../tests/processes/until';

const msMax = 600_000;

/** A way that a case goes, played by its client and by officers as they would. */
export interface CaseKind {
  /** How many of a hundred cases go this way. */
  readonly share: number;
  /** Where it must stand in the end. */
  readonly ends: KycCaseState;
  play(stage: Stage): Promise<KycCase>;
}

async function apply(
  stage: Stage,
  options: ApplicantOptions = {},
  zone: PassportOptions = {},
): Promise<{ who: Applicant; sent: KycCase }> {
  const who = await register(stage, options);
  await passport(stage, who, zone);
  await utilityBill(stage, who);
  return { who, sent: await submit(stage, who) };
}

/** The open task of the kind that the case waits for. */
function taskOf(stage: Stage, of: KycCase, kind: Task['kind'], restricted = false): Promise<Task> {
  return until(
    `${kind} for ${of.id}`,
    async () => {
      const now = await stage.system((tx) => readCase(tx, of.id));
      if (now.taskId === null) throw new Error(`${now.state} ${JSON.stringify(now.issues)}`);
      const task = await stage.system((tx) => readTask(tx, now.taskId ?? ''));
      return task.kind === kind && task.state === 'open' && task.restricted === restricted && task;
    },
    msMax,
  );
}

function decide(stage: Stage, who: StaffScope, task: Task, decision: string, reason = 'TEST') {
  return inScope(stage.db, who, async (tx) => {
    const { id: taskId, version: expectedVersion, contentHash } = await readTask(tx, task.id);
    return decideTask(tx, { taskId, expectedVersion, contentHash, decision, reason });
  });
}

async function decideByTwo(
  stage: Stage,
  task: Task,
  decision: string,
  role: 'compliance' | 'mlro' = 'compliance',
): Promise<void> {
  await decide(stage, colleague(role), task, decision);
  await decide(stage, colleague(role), task, decision);
}

async function approveDocuments(stage: Stage, who: StaffScope, of: KycCase): Promise<void> {
  await inScope(stage.db, who, async (tx) => {
    for (const { id } of await currentDocuments(tx, of.id))
      await decideDocument(tx, id, { approve: true, reasons: [] });
  });
}

async function corroborateSources(stage: Stage, who: StaffScope, of: KycCase): Promise<void> {
  await inScope(stage.db, who, async (tx) => {
    for (const { id } of await listDeclaredSources(tx, of.id, { limit: 10 }))
      await decideSource(tx, id, { corroborate: true, note: 'Payslips seen.' });
  });
}

function caseIn(stage: Stage, of: KycCase, state: KycCaseState): Promise<KycCase> {
  return until(
    `case ${of.id} to be ${state}`,
    async () => {
      const now = await stage.system((tx) => readCase(tx, of.id));
      if (now.state !== state) throw new Error(`${now.state} ${JSON.stringify(now.issues)}`);
      return now;
    },
    msMax,
  );
}

/** Asks the client for what is wrong, and waits until they are asked. */
async function askClient(stage: Stage, sent: KycCase, reason: string): Promise<KycCase> {
  const task = await taskOf(stage, sent, 'kyc_review');
  await decide(stage, colleague('compliance'), task, 'request_information', reason);
  return caseIn(stage, sent, 'information_requested');
}

const expired: PassportOptions = { expiresOn: '2020-01-31' };
/** Somebody on the sample list, near enough to be asked about. */
const listed: ApplicantOptions = {
  given: 'Orelin',
  family: 'Vardanosk',
  birthDate: '1968-03-12',
};

export const caseKinds: Readonly<Record<string, CaseKind>> = {
  'clean, approved by policy': {
    share: 40,
    ends: 'approved',
    play: async (stage) => (await apply(stage)).sent,
  },
  'clean, with an account to open': {
    share: 5,
    ends: 'approved',
    play: async (stage) =>
      (
        await apply(stage, {
          answers: { account: { accountType: 'standard', currency: 'EUR' } },
        })
      ).sent,
  },
  'expired passport, sent again': {
    share: 10,
    ends: 'approved',
    play: async (stage) => {
      const { who, sent } = await apply(stage, {}, expired);
      await askClient(stage, sent, 'DOC_EXPIRED');
      await passport(stage, who);
      return submit(stage, who);
    },
  },
  'expired passport, twice': {
    share: 4,
    ends: 'approved',
    play: async (stage) => {
      const { who, sent } = await apply(stage, {}, expired);
      await askClient(stage, sent, 'DOC_EXPIRED');
      await passport(stage, who, { expiresOn: '2021-01-31' });
      await askClient(stage, await submit(stage, who), 'DOC_EXPIRED');
      await passport(stage, who);
      return submit(stage, who);
    },
  },
  'asked for information, unanswered': {
    share: 4,
    ends: 'information_requested',
    play: async (stage) => {
      const { sent } = await apply(stage, {}, expired);
      return askClient(stage, sent, 'DOC_EXPIRED');
    },
  },
  'the same picture sent again, approved by an officer': {
    share: 4,
    ends: 'approved',
    play: async (stage) => {
      const who = await register(stage);
      const same = picture();
      await upload(stage, who, 'passport', { mrz: passportLines(who.name, expired) }, same);
      await utilityBill(stage, who);
      await askClient(stage, await submit(stage, who), 'DOC_EXPIRED');
      await upload(stage, who, 'passport', { mrz: passportLines(who.name) }, same);
      const sent = await submit(stage, who);
      const task = await taskOf(stage, sent, 'kyc_review');
      const officer = colleague('compliance');
      await approveDocuments(stage, officer, sent);
      await decide(stage, officer, task, 'approve', 'seen by video');
      return sent;
    },
  },
  'approved by an officer': {
    share: 8,
    ends: 'approved',
    play: async (stage) => {
      const { sent } = await apply(stage, {}, expired);
      const task = await taskOf(stage, sent, 'kyc_review');
      const officer = colleague('compliance');
      await approveDocuments(stage, officer, sent);
      await decide(stage, officer, task, 'approve', 'seen by video');
      return sent;
    },
  },
  'under age, rejected': {
    share: 7,
    ends: 'rejected',
    play: async (stage) => {
      const { sent } = await apply(stage, { birthDate: '2012-02-01' });
      const task = await taskOf(stage, sent, 'kyc_review');
      await decide(stage, colleague('compliance'), task, 'reject', 'UNDERAGE');
      return sent;
    },
  },
  'politically exposed': {
    share: 6,
    ends: 'approved',
    play: async (stage) => {
      const who = await register(stage, { answers: { pep: true } });
      await declareSources(stage, who);
      await passport(stage, who);
      await utilityBill(stage, who);
      const sent = await submit(stage, who);
      const senior = colleague('senior_approver');
      await decide(stage, senior, await taskOf(stage, sent, 'pep_approval'), 'approve');
      const review = await taskOf(stage, sent, 'kyc_review');
      await approveDocuments(stage, senior, sent);
      await corroborateSources(stage, senior, sent);
      await decide(stage, colleague('compliance'), review, 'approve');
      return sent;
    },
  },
  'near a listed name, dismissed by two': {
    share: 4,
    ends: 'approved',
    play: async (stage) => {
      const { sent } = await apply(stage, listed, { sex: 'M' });
      await decideByTwo(stage, await taskOf(stage, sent, 'screening_match'), 'dismiss');
      return sent;
    },
  },
  'near a listed name, held, then released by the MLRO’s circle': {
    share: 2,
    ends: 'approved',
    play: async (stage) => {
      const { sent } = await apply(stage, listed, { sex: 'M' });
      const match = await taskOf(stage, sent, 'screening_match');
      await decide(stage, colleague('compliance'), match, 'confirm');
      await decideByTwo(
        stage,
        await taskOf(stage, sent, 'screening_match', true),
        'dismiss',
        'mlro',
      );
      return sent;
    },
  },
  'near a listed name, still held': {
    share: 2,
    ends: 'in_review',
    play: async (stage) => {
      const { sent } = await apply(stage, listed, { sex: 'M' });
      const match = await taskOf(stage, sent, 'screening_match');
      await decide(stage, colleague('compliance'), match, 'confirm');
      await taskOf(stage, sent, 'screening_match', true);
      return sent;
    },
  },
  'waiting for an officer': {
    share: 4,
    ends: 'in_review',
    play: async (stage) => {
      const { sent } = await apply(stage, {}, expired);
      await taskOf(stage, sent, 'kyc_review');
      return sent;
    },
  },
};
