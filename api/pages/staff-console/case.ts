import { z } from 'zod';
import { mediaWeights, type MediaWeight } from '../../../domain/kyc/adverse-media';
import { nameOfKind } from '../../../domain/kyc/document';
import { isBeneficialOwner } from '../../../domain/kyc/ownership';
import { isPending } from '../../../domain/kyc/outside-check';
import { isReasonCode, reasonCodes } from '../../../domain/kyc/reason-codes';
import { parseMrz } from '../../../domain/kyc/mrz';
import { may, type Scope } from '../../../domain/access/scope';
import { malformed, notFound } from '../../../domain/problem';
import {
  listAdverseMedia,
  noteAdverseMedia,
  readAdverseMedia,
  setAsideAdverseMedia,
} from '../../../db/adverse-media';
import { readCaseFile, type CaseFile } from '../../../db/case-file';
import { textsOfAnswer } from '../../../domain/onboarding/questions';
import {
  readAllRequirements,
  readPartyChecklists,
  readRequirements,
} from '../../../db/kyc-requirements';
import type { Tx } from '../../../db/connection';
import { inTurn } from '../../../db/in-turn';
import {
  decideDocument,
  readDocument,
  readDocumentContent,
  readingsOf,
  type Document,
  type DocumentDetails,
} from '../../../db/documents';
import type { IdentityCheck } from '../../../db/identity-checks';
import { readCase } from '../../../db/kyc';
import type { OpenedScreening } from '../../../db/screening';
import { readVisibleTask } from '../../../db/task-inbox';
import { timelineOfSubjects } from '../../../db/timeline';
import type { Task } from '../../../db/tasks';
import { workflowIds } from '../../../temporal-config/workflow-ids';
import { mediaFields } from '../../routes/adverse-media';
import { percentOf } from '../../routes/company-schemas';
import { idOf, reason } from '../../schemas';
import { sourceChoices } from '../client-room/sources';
import { defineForm, definePage } from '../page';
import { actorWords, type ActorWords } from './actors';
import { showEvaluations } from './case-trace';
import { showSources } from './case-sources';
import { askableCodes, decideFrom, decisionFields, decisionView } from './decision';
import { showEvents } from './events';
import { severalTexts } from './lists';

/** The evidence left, the failed checks and the decision right. */
export const casePage = definePage({
  path: '/staff/cases/:id',
  auth: { permission: 'kyc.read' },
  params: { id: idOf('kycCase') },
  handle: async ({ tx, scope, params }) => {
    const file = await readCaseFile(tx, params.id);
    const present = file.case;
    const open = file.tasks.filter((task) => task.state === 'open');
    const [next] = open;
    const closed = file.tasks.filter((task) => task.state !== 'open');
    const decision = next && (await decisionView(tx, next));
    const failed = new Set(failedCodes(file));
    const mayReadPersonal = may(scope, 'client.personal');
    return {
      view: 'staff/case',
      title: `KYC case${mayReadPersonal ? ` of ${file.personal.name}` : ''}`,
      data: {
        kyc: present,
        client: file.client,
        personal: mayReadPersonal ? file.personal : undefined,
        answers: mayReadPersonal ? file.answers : undefined,
        questionnaire: mayReadPersonal ? await showAnswers(tx, file) : [],
        issues: present.issues.map((issue) => ({ ...issue, ...wordsOfCode(issue.code) })),
        requested: present.requested.map(wordsOfCode),
        documents: await showDocuments(tx, scope, file),
        replaced: file.documents.filter((document) => document.state === 'archived').length,
        screenings: file.screenings?.map(showScreening),
        checks: file.checks.map(showCheck),
        structure: await showStructure(tx, file, mayReadPersonal),
        evaluations:
          mayReadPersonal && file.screenings ? showEvaluations(file.evaluations, scope) : [],
        decision: decision && {
          ...decision,
          action: `/staff/cases/${present.id}/decide/${next.id}`,
          hasFailed: failed.size > 0,
          askable: next.choices.includes('request_information')
            ? askableCodes.map((each) => ({ ...each, isFailed: failed.has(each.code) }))
            : undefined,
        },
        step: next && stepOf(next),
        closed: await inTurn(closed, (task) => decisionView(tx, task)),
        askable: askableCodes,
        sources: mayReadPersonal ? await showSources(tx, scope, file) : undefined,
        ...sourceChoices,
        media: may(scope, 'kyc.decide') ? await showMedia(tx, scope, present.id) : undefined,
        mediaWeights: mediaWeights.map((value) => ({ value, label: weightWords[value] })),
        events: await showEvents(tx, await timelineOfSubjects(tx, [present.id], 100)),
      },
    };
  },
});

const weightWords: Readonly<Record<MediaWeight, string>> = {
  none: 'Nothing: looked at, and harmless or about somebody else',
  low: 'Little',
  medium: 'Serious',
  high: 'Grave',
};

const mediaShown = 50;

/** What officers have found published about the client, and who may set it aside. */
async function showMedia(tx: Tx, scope: Scope, caseId: string) {
  const notes = await listAdverseMedia(tx, caseId, { limit: mediaShown });
  const who = await actorWords(
    tx,
    notes.flatMap(({ notedBy, setAsideBy }) => [notedBy, setAsideBy]),
  );
  const own = scope.kind === 'staff' ? scope.userId : undefined;
  return notes.map((note) => ({
    ...note,
    by: who(note.notedBy),
    asideBy: note.setAsideBy === null ? undefined : who(note.setAsideBy),
    maySetAside: note.setAsideBy === null && note.notedBy !== own,
  }));
}

/** The answers to the entity’s own questions, those that are asked no more by their codes. */
async function showAnswers(tx: Tx, file: CaseFile) {
  const { questions } = await readRequirements(tx, file);
  return Object.entries(file.answers?.questionnaire ?? {}).map(([code, value]) => ({
    label: questions.find((question) => question.code === code)?.text ?? code.replaceAll('_', ' '),
    value: textsOfAnswer(value).join(', '),
  }));
}

/** What the open step of verification asks the officer to do; undefined for any other task. */
function stepOf({ kind, content }: Task) {
  if (kind !== 'kyc_step') return undefined;
  return { code: content['step'], name: content['name'], instruction: content['instruction'] };
}

function wordsOfCode(code: string): { code: string; text: string } {
  return { code, text: isReasonCode(code) ? reasonCodes[code].text.en : '' };
}

function failedCodes(file: CaseFile): string[] {
  return file.documents
    .filter((document) => document.state !== 'archived')
    .flatMap((document) =>
      document.checks.filter((check) => check.result === 'failed').map((check) => check.code),
    );
}

async function showDocuments(tx: Tx, scope: Scope, file: CaseFile) {
  const current = file.documents.filter((document) => document.state !== 'archived');
  const mayLook = may(scope, 'document.read');
  const who = await actorWords(
    tx,
    current.flatMap((document) => [document.decidedBy, document.uploadedBy]),
  );
  const { kinds } = await readRequirements(tx, file);
  return inTurn(current, async (document) => ({
    ...showDocument(document, file, who),
    label: nameOfKind(kinds, document.kind),
    // Of whom, where the client is not alone.
    owner: may(scope, 'client.personal') ? nameOfParty(file, document.partyId) : undefined,
    mayLook,
    mayDecide: may(scope, 'kyc.decide') && file.case.state === 'in_review',
    readings: mayLook ? (await readingsOf(tx, document.id)).length : 0,
  }));
}

function showDocument(document: Document, { details: typed, prints }: CaseFile, who: ActorWords) {
  const details: DocumentDetails = typed.get(document.id) ?? {};
  const print = prints.get(document.id);
  const lines = details.mrz ?? print?.zone ?? undefined;
  const zone =
    lines === undefined ? undefined : parseMrz(lines, new Date().toISOString().slice(0, 10));
  const mrz = zone?.ok ? zone.mrz : undefined;
  return {
    ...document,
    isPicture: document.mediaType.startsWith('image/'),
    details,
    mrzText: details.mrz,
    printText: print?.zone ?? undefined,
    isUnread: print !== undefined && print.zone === null,
    mrz: mrz && {
      ...mrz,
      name: `${mrz.givenNames} ${mrz.surname}`.trim(),
      wrong: mrz.checks.filter((check) => !check.ok).map((check) => check.field),
    },
    mrzProblem: zone && !zone.ok ? zone.detail : undefined,
    reasonsWords: document.reasons.map(wordsOfCode),
    attention: document.checks
      .filter((check) => check.result !== 'passed')
      .map((check) => ({ ...check, text: wordsOfCode(check.code).text })),
    // Nothing is asked about it any more: it is there, folded.
    isSettled:
      document.state === 'approved' && document.checks.every(({ result }) => result === 'passed'),
    passed: document.checks.filter((check) => check.result === 'passed'),
    decidedBy: who(document.decidedBy),
    uploadedBy: who(document.uploadedBy),
  };
}

/** Undefined for the client's own. */
function nameOfParty({ others }: CaseFile, partyId: string): string | undefined {
  return others.find(({ party }) => party.id === partyId)?.personal.name;
}

/** Everybody who belongs to the client, what they own, and what is still missing of them; undefined for somebody alone. */
async function showStructure(tx: Tx, file: CaseFile, mayReadPersonal: boolean) {
  const { company, others } = file;
  if (!company && others.length === 0) return undefined;
  const asked = await readAllRequirements(tx, file);
  return {
    details: mayReadPersonal ? company?.details : undefined,
    missing: company?.missing ?? [],
    unnamed: company && percentOf(company.unnamed),
    members: readPartyChecklists(file, asked).map(({ related, missing }) => {
      const { party, personal } = related;
      const share = company?.effective.get(party.id);
      return {
        id: party.id,
        name: mayReadPersonal ? personal.name : undefined,
        role: party.role,
        share: share === undefined ? undefined : percentOf(share),
        isOwner: party.kind === 'individual' && isBeneficialOwner(share),
        missing: missing.map(wordsOfMissing),
      };
    }),
  };
}

/** `document:identity` → `document: identity`. */
function wordsOfMissing(code: string): string {
  return code.replaceAll('_', ' ').replace(':', ': ');
}

const checkWords = {
  asked: { text: 'Being asked', tone: 'busy' },
  sent: { text: 'Waits for its answer', tone: 'busy' },
  unasked: { text: 'Did not take it', tone: 'wait' },
  unanswered: { text: 'Did not answer in time', tone: 'wait' },
  passed: { text: 'Passed', tone: 'good' },
  retry: { text: 'Wants something else', tone: 'wait' },
  refused: { text: 'Refused', tone: 'bad' },
} as const;

function showCheck(check: IdentityCheck) {
  const { state, answer } = check;
  const standing = answer ?? (state === 'answered' ? 'sent' : state);
  return {
    ...check,
    ...checkWords[standing],
    isPending: isPending(check),
    reasonsWords: check.reasons.map(wordsOfCode),
  };
}

function showScreening(screening: OpenedScreening) {
  return {
    ...screening,
    candidates: screening.candidates.map((candidate) => ({
      ...candidate,
      parts: candidate.parts.map((part) => ({
        ...part,
        percent: Math.floor(part.similarity * 100),
        sharePercent: Math.round(part.share * 100),
      })),
      leftOver: [
        ...candidate.subjectLeftOver.map((word) => `${word} (client only)`),
        ...candidate.listedLeftOver.map((word) => `${word} (list only)`),
      ],
    })),
  };
}

/** A document as an image or PDF, each look written to the log of readings. */
const documentContent = definePage({
  path: '/staff/documents/:documentId/content',
  auth: { permission: 'document.read' },
  params: { documentId: idOf('document') },
  handle: async ({ tx, params }) => {
    const { mediaType, content } = await readDocumentContent(tx, params.documentId);
    return { bytes: content, mediaType };
  },
});

const documentForm = defineForm({
  path: '/staff/cases/:id/documents/:documentId',
  auth: { permission: 'kyc.decide' },
  params: { id: idOf('kycCase'), documentId: idOf('document') },
  body: { verdict: z.enum(['approve', 'reject']), reasons: severalTexts },
  page: casePage,
  handle: async ({ tx, params, body }) => {
    const document = await readDocument(tx, params.documentId);
    if (document.caseId !== params.id) throw notFound('document');
    const reasons = body.reasons.filter(isReasonCode);
    if (body.verdict === 'reject' && reasons.length === 0) {
      throw malformed('Say why the document is rejected.', [
        { pointer: '/body/reasons', detail: 'needs at least one reason code' },
      ]);
    }
    const approve = body.verdict === 'approve';
    await decideDocument(tx, document.id, { approve, reasons: approve ? [] : reasons });
    return {
      to: `/staff/cases/${params.id}`,
      flash: approve ? 'Document approved.' : 'Document rejected.',
    };
  },
});

/**
 * Throws 404 for a case or task that is not the caller's, and for a task of another process. A screening's task
 * names no client, so that the client's pages do not tell: what it belongs to is the process that asked, or the case
 * whose parties were screened again.
 */
async function assertTaskOfCase(tx: Tx, caseId: string, taskId: string): Promise<void> {
  const { id } = await readCase(tx, caseId);
  const { workflowId, kind, content } = await readVisibleTask(tx, taskId);
  const isOfCase =
    workflowId === workflowIds.kyc(id) ||
    ((kind === 'screening_match' || kind === 'document_renewal') && content['case'] === id);
  if (!isOfCase) throw notFound('task');
}

const decideForm = defineForm({
  path: '/staff/cases/:id/decide/:taskId',
  auth: { permission: 'task.claim' },
  params: { id: idOf('kycCase'), taskId: idOf('task') },
  body: decisionFields,
  page: casePage,
  handle: async ({ tx, params, body }) => {
    await assertTaskOfCase(tx, params.id, params.taskId);
    return decideFrom(tx, params.taskId, body);
  },
});

const mediaForm = defineForm({
  path: '/staff/cases/:id/media',
  auth: { permission: 'kyc.decide' },
  params: { id: idOf('kycCase') },
  body: mediaFields,
  page: casePage,
  handle: async ({ tx, params, body }) => {
    await noteAdverseMedia(tx, params.id, body);
    return { to: `/staff/cases/${params.id}`, flash: 'Noted. It counts towards the risk.' };
  },
});

const asideForm = defineForm({
  path: '/staff/cases/:id/media/:noteId/aside',
  auth: { permission: 'kyc.decide' },
  params: { id: idOf('kycCase'), noteId: idOf('adverseMedia') },
  body: { reason },
  page: casePage,
  handle: async ({ tx, params, body }) => {
    const note = await readAdverseMedia(tx, params.noteId);
    if (note.caseId !== params.id) throw notFound('note');
    await setAsideAdverseMedia(tx, note.id, body.reason);
    return { to: `/staff/cases/${params.id}`, flash: 'It does not count any more.' };
  },
});

export const casePages = [
  casePage,
  documentContent,
  documentForm,
  decideForm,
  mediaForm,
  asideForm,
];
