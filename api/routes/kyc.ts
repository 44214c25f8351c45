import { z } from 'zod';
import { documentStatuses } from '../../domain/kyc/document';
import { slots } from '../../domain/onboarding/checklist';
import { checkAnswers, checkStates } from '../../domain/kyc/outside-check';
import { readCaseFile, type CaseFile } from '../../db/case-file';
import { kycCaseStates } from '../../domain/kyc/case-state';
import { listCases, type KycCase } from '../../db/kyc';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { versionIn } from '../location';
import { defineRoute } from '../route';
import { entityId, exampleId, documentKind, idOf, time } from '../schemas';
import { isBeneficialOwner } from '../../domain/kyc/ownership';
import { memberKinds, memberRoles, percentOf } from './company-schemas';
import { answersAnswer, candidateAnswer, detailsAnswer, personalAnswer } from './kyc-schemas';

const riskLevels = ['low', 'medium', 'high'] as const;

const caseSummary = z
  .object({
    id: idOf('kycCase'),
    clientId: idOf('client'),
    entityId: z.string(),
    state: z.enum(kycCaseStates),
    round: z.number().int(),
    riskScore: z.number().int().nullable(),
    riskLevel: z.enum(riskLevels).nullable(),
    issues: z.array(
      z.object({ code: z.string(), detail: z.string(), document: z.string().optional() }),
    ),
    requested: z.array(z.string()),
    openedAt: time,
    submittedAt: time.nullable(),
    decidedAt: time.nullable(),
    version: z.number().int(),
  })
  .meta({ id: 'KycCaseSummary' });

function showCase(of: KycCase): z.input<typeof caseSummary> {
  return {
    id: of.id,
    clientId: of.clientId,
    entityId: of.entityId,
    state: of.state,
    round: of.round,
    riskScore: of.riskScore,
    riskLevel: of.riskLevel,
    issues: of.issues.map((issue) => ({ ...issue })),
    requested: [...of.requested],
    openedAt: of.openedAt,
    submittedAt: of.submittedAt,
    decidedAt: of.decidedAt,
    version: of.version,
  };
}

const caseExample = {
  id: exampleId('kycCase'),
  clientId: exampleId('client'),
  entityId: 'cy',
  state: 'in_review' as const,
  round: 1,
  riskScore: 0,
  riskLevel: 'low' as const,
  issues: [{ code: 'DOC_EXPIRED', detail: 'The document has expired (house rule)' }],
  requested: [],
  openedAt: '2026-11-23T20:15:00.000000Z',
  submittedAt: '2026-11-23T20:20:00.000000Z',
  decidedAt: null,
  version: 3,
};

const caseAnswer = caseSummary
  .extend({
    policyPins: z.array(z.string()),
    outcomeReason: z.string().nullable(),
    personal: personalAnswer
      .nullable()
      .meta({ description: 'The holder in clear; null without `client.personal`.' }),
    answers: answersAnswer.nullable(),
    documents: z.array(
      z.object({
        id: idOf('document'),
        kind: documentKind,
        slot: z.enum(slots),
        partyId: idOf('party').meta({ description: 'Whose it is.' }),
        state: z.enum(documentStatuses),
        mediaType: z.string(),
        bytes: z.number().int(),
        round: z.number().int(),
        reasons: z.array(z.string()),
        checks: z
          .array(z.object({ code: z.string(), result: z.string(), detail: z.string() }))
          .meta({
            description: 'Failed ones first.',
          }),
        details: detailsAnswer
          .nullable()
          .meta({ description: 'As typed in; null without `client.personal`.' }),
        zoneRead: z.string().nullable().meta({
          description:
            'The machine-readable lines as a reader read them from the picture; null where it could not, and without `client.personal`.',
        }),
        uploadedAt: time,
        decidedBy: z.string().nullable(),
      }),
    ),
    screenings: z
      .array(
        z.object({
          id: idOf('screening'),
          list: z.string(),
          listVersion: z.string(),
          listVersionIds: z
            .array(idOf('listVersion'))
            .meta({ description: 'The versions of the lists it was made with.' }),
          algorithm: z.string(),
          verdict: z.string(),
          bestScore: z.number(),
          dismissed: z.number().int(),
          candidates: z.array(candidateAnswer),
          at: time,
        }),
      )
      .nullable()
      .meta({ description: 'Null for whoever may not judge screenings.' }),
    parties: z
      .array(
        z.object({
          id: idOf('party'),
          role: z.enum(memberRoles),
          kind: z.enum(memberKinds),
          effectivePercent: z.string().nullable(),
          isBeneficialOwner: z.boolean(),
        }),
      )
      .meta({ description: 'Everybody who belongs to the client, beside the holder.' }),
    verifications: z
      .array(
        z.object({
          id: idOf('identityCheck'),
          step: z.string(),
          provider: z.string(),
          round: z.number().int(),
          state: z.enum(checkStates),
          answer: z.enum(checkAnswers).nullable(),
          reasons: z.array(z.string()),
          labels: z.array(z.string()).meta({ description: 'In the verifier’s own words.' }),
          askedAt: time,
          dueAt: time,
          answeredAt: time.nullable().meta({ description: 'By the verifier’s clock.' }),
        }),
      )
      .meta({
        description: 'What outside verifiers were asked of the person, and what they found.',
      }),
    evaluations: z.array(
      z.object({
        id: idOf('evaluation'),
        kind: z.string(),
        pins: z.array(z.string()),
        outcome: z.unknown(),
        facts: z.unknown(),
        trace: z.unknown(),
        at: time,
      }),
    ),
    tasks: z.array(
      z.object({
        id: idOf('task'),
        kind: z.string(),
        state: z.string(),
        decision: z.string().nullable(),
        reason: z.string().nullable(),
        decidedBy: z.string().nullable(),
        dueAt: time.nullable(),
      }),
    ),
  })
  .meta({ id: 'KycCase' });

function showFile(file: CaseFile, personal: boolean): z.input<typeof caseAnswer> {
  return {
    ...showCase(file.case),
    policyPins: [...file.case.policyPins],
    outcomeReason: file.case.outcomeReason,
    personal: personal ? file.personal : null,
    answers: personal ? (file.answers ?? null) : null,
    documents: file.documents.map((document) => ({
      id: document.id,
      kind: document.kind,
      slot: document.slot,
      partyId: document.partyId,
      state: document.state,
      mediaType: document.mediaType,
      bytes: document.bytes,
      round: document.round,
      reasons: [...document.reasons],
      checks: document.checks.map((check) => ({ ...check })),
      details: personal ? (file.details.get(document.id) ?? null) : null,
      zoneRead: personal ? (file.prints.get(document.id)?.zone ?? null) : null,
      uploadedAt: document.uploadedAt,
      decidedBy: document.decidedBy,
    })),
    screenings:
      file.screenings?.map((screening) => ({
        id: screening.id,
        list: screening.listName,
        listVersion: screening.listVersion,
        listVersionIds: [...screening.listVersionIds],
        algorithm: screening.algorithm,
        verdict: screening.verdict,
        bestScore: screening.bestScore,
        dismissed: screening.dismissed,
        candidates: screening.candidates.map((candidate) => ({
          ...candidate,
          programmes: [...candidate.programmes],
          parts: [...candidate.parts],
          subjectLeftOver: [...candidate.subjectLeftOver],
          listedLeftOver: [...candidate.listedLeftOver],
          qualifiers: [...candidate.qualifiers],
        })),
        at: screening.at,
      })) ?? null,
    parties: file.others.map(({ party }) => {
      const share = file.company?.effective.get(party.id);
      return {
        id: party.id,
        role: party.role,
        kind: party.kind,
        effectivePercent: share === undefined ? null : percentOf(share),
        isBeneficialOwner: party.kind === 'individual' && isBeneficialOwner(share),
      };
    }),
    verifications: file.checks.map((check) => ({
      id: check.id,
      step: check.step,
      provider: check.provider,
      round: check.round,
      state: check.state,
      answer: check.answer,
      reasons: [...check.reasons],
      labels: [...check.labels],
      askedAt: check.askedAt,
      dueAt: check.dueAt,
      answeredAt: check.answeredAt,
    })),
    evaluations: file.evaluations.map((evaluation) => ({
      ...evaluation,
      pins: [...evaluation.pins],
    })),
    tasks: file.tasks.map((task) => ({
      id: task.id,
      kind: task.kind,
      state: task.state,
      decision: task.decision,
      reason: task.reason,
      decidedBy: task.decidedBy,
      dueAt: task.dueAt,
    })),
  };
}

export const kycRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/kyc-cases',
    operationId: 'listKycCases',
    summary: 'List KYC cases, the newest first',
    tags: ['KYC'],
    auth: { permission: 'kyc.read' },
    query: {
      ...pageQuery,
      state: z.enum(kycCaseStates).optional(),
      riskLevel: z.enum(riskLevels).optional(),
      entityId: entityId.optional(),
      clientId: idOf('client').optional(),
    },
    responses: { 200: pageOf(caseSummary) },
    example: { answer: { status: 200, body: { data: [caseExample], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const { state, riskLevel, clientId } = query;
      const found = await listCases(tx, {
        ...(state ? { state } : {}),
        ...(riskLevel ? { riskLevel } : {}),
        ...(clientId ? { clientId } : {}),
        ...(query.entityId ? { entityId: query.entityId } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (of) => of.id, show: showCase }),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/kyc-cases/:id',
    operationId: 'readKycCase',
    summary: 'Read a KYC case with all it rests on',
    description:
      'Documents with their failed checks first, evaluations with their traces, tasks, and, for who may judge them, screenings with every part of each candidate explained.',
    tags: ['KYC'],
    auth: { permission: 'kyc.read' },
    params: { id: idOf('kycCase') },
    responses: { 200: caseAnswer },
    example: {
      answer: {
        status: 200,
        body: {
          ...caseExample,
          policyPins: [exampleId('policyVersion')],
          outcomeReason: null,
          personal: null,
          answers: null,
          documents: [],
          screenings: null,
          parties: [],
          verifications: [],
          evaluations: [],
          tasks: [],
        },
      },
    },
    etag: versionIn,
    handle: async ({ tx, scope, params }) => {
      const personal = scope.kind === 'staff' && scope.permissions.has('client.personal');
      return { status: 200, body: showFile(await readCaseFile(tx, params.id), personal) };
    },
  }),
];
