import { z } from 'zod';
import { notFound } from '../../../domain/problem';
import { readPaperContent } from '../../../db/client-papers';
import type { Tx } from '../../../db/connection';
import {
  addSourcePaper,
  decideSource,
  declareSource,
  readDeclaredSource,
} from '../../../db/declared-sources';
import { atFile, chosenPaper, paperDownload, paperUpload, requiredFile } from '../../paper-file';
import { saidOf, sourceFields } from '../../routes/declared-sources';
import { documentKind, idOf, prose } from '../../schemas';
import { defineForm, definePage } from '../page';
import { casePage } from './case';

const sourceParams = { id: idOf('kycCase'), sourceId: idOf('declaredSource') };

/** Throws 404 for a source of another case. */
async function assertSourceOfCase(tx: Tx, caseId: string, sourceId: string): Promise<void> {
  const source = await readDeclaredSource(tx, sourceId);
  if (source.caseId !== caseId) throw notFound('source');
}

const sourceForm = defineForm({
  path: '/staff/cases/:id/sources',
  auth: { permission: 'kyc.decide' },
  params: { id: idOf('kycCase') },
  body: sourceFields,
  page: casePage,
  handle: async ({ tx, params, body }) => {
    await declareSource(tx, params.id, saidOf(body));
    return {
      to: `/staff/cases/${params.id}`,
      flash: 'Declared for the client. Another officer decides on it.',
    };
  },
});

const sourcePaperForm = defineForm({
  path: '/staff/cases/:id/sources/:sourceId/papers',
  auth: { permission: 'kyc.decide' },
  params: sourceParams,
  upload: paperUpload,
  body: { paperKind: documentKind },
  page: casePage,
  handle: async ({ tx, params, body, file }) => {
    await assertSourceOfCase(tx, params.id, params.sourceId);
    const { bytes } = requiredFile(file, chosenPaper);
    await addSourcePaper(tx, params.sourceId, { kind: body.paperKind, content: bytes }).catch(
      atFile,
    );
    return { to: `/staff/cases/${params.id}`, flash: 'The paper was added.' };
  },
});

const sourceDecision = defineForm({
  path: '/staff/cases/:id/sources/:sourceId/decision',
  auth: { permission: 'kyc.decide' },
  params: sourceParams,
  body: {
    verdict: z.enum(['corroborate', 'refuse']),
    note: prose(2000),
    clientReason: prose(500).optional(),
  },
  page: casePage,
  handle: async ({ tx, params, body }) => {
    await assertSourceOfCase(tx, params.id, params.sourceId);
    const corroborate = body.verdict === 'corroborate';
    await decideSource(tx, params.sourceId, {
      ...{ corroborate, note: body.note, clientReason: body.clientReason },
    });
    return {
      to: `/staff/cases/${params.id}`,
      flash: corroborate ? 'Corroborated.' : 'Refused. The client reads why.',
    };
  },
});

const sourcePaper = definePage({
  path: '/staff/cases/:id/sources/:sourceId/papers/:paperId',
  auth: { permission: 'document.read' },
  params: { ...sourceParams, paperId: idOf('paper') },
  handle: async ({ tx, params }) => {
    await assertSourceOfCase(tx, params.id, params.sourceId);
    return paperDownload(
      params.paperId,
      await readPaperContent(tx, params.sourceId, params.paperId),
    );
  },
});

/** What an officer declares for the client, adds to it and decides of it, on the page of the case. */
export const caseSourcePages = [sourceForm, sourcePaperForm, sourceDecision, sourcePaper];
