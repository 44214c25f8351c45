import { z } from 'zod';
import { categoryCriteria, criterionNames } from '../../../domain/client/category';
import { documentBytesMax, mediaTypes } from '../../../domain/onboarding/media-type';
import { malformed } from '../../../domain/problem';
import { acknowledgeWarning, lastTest, takeTest, testOfEntity } from '../../../db/appropriateness';
import {
  addCategoryPaper,
  categoryWarning,
  listCategoryRequests,
  readCategoryRequest,
  requestProfessional,
  requestRetail,
  submitCategoryRequest,
  withdrawCategoryRequest,
  type CategoryRequest,
} from '../../../db/client-category';
import { papersOf } from '../../../db/client-papers';
import { readClient } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { atFile, paperUpload, requiredFile } from '../../paper-file';
import { clientOf } from '../../routes/client-scope';
import { idOf, prose } from '../../schemas';
import { defineForm, definePage } from '../page';
import { showQuestion, typedAnswers } from './questions';

const path = '/client/category';

const stateWords: Readonly<Record<CategoryRequest['state'], { label: string; tone: string }>> = {
  collecting: { label: 'Papers wanted', tone: 'busy' },
  in_review: { label: 'Being looked at', tone: 'busy' },
  granted: { label: 'Granted', tone: 'good' },
  rejected: { label: 'Not granted', tone: 'bad' },
  withdrawn: { label: 'Taken back', tone: 'quiet' },
};

/** How the client is treated, what another category means, and how far a request is. */
const page = definePage({
  path,
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { clientId, entityId } = clientOf(scope);
    const { category } = await readClient(tx, clientId);
    const [newest] = await listCategoryRequests(tx, { clientId, limit: 1 });
    const open = newest?.finishedAt === null ? newest : undefined;
    return {
      view: 'client/category',
      title: 'Client category',
      data: {
        category,
        isRetail: category === 'retail',
        ...(await categoryWarning(tx, entityId)),
        criteria: criterionNames.map((name) => ({ name, ...categoryCriteria[name] })),
        newest: newest && { ...newest, state: stateWords[newest.state] },
        open: open && (await showOpen(tx, open)),
        accept: mediaTypes.join(','),
        megabytesMax: documentBytesMax / 1024 / 1024,
      },
    };
  },
});

async function showOpen(tx: Tx, request: CategoryRequest) {
  const papers = await papersOf(tx, request.id);
  return {
    id: request.id,
    isCollecting: request.state === 'collecting',
    criteria: request.criteria.map((name) => ({
      name,
      words: categoryCriteria[name].words,
      papers: papers.filter(({ purpose }) => purpose === name).length,
    })),
    options: request.criteria.map((name) => ({ value: name, label: categoryCriteria[name].words })),
  };
}

const criterion = z.enum(criterionNames);

const askForm = defineForm({
  path,
  auth: { client: true },
  body: {
    criteria: z.union([criterion.transform((one) => [one]), z.array(criterion).max(3)]).optional(),
    statement: prose(2000),
    warning: z.string().regex(/^[0-9a-f]{64}$/, 'is not what was shown'),
    agree: z.literal('yes').optional(),
  },
  page,
  handle: async ({ tx, scope, body }) => {
    if (body.criteria === undefined)
      throw atField('criteria', 'Choose at least two: each needs a paper.');
    if (body.agree === undefined) throw atField('agree', 'Tick it once you have read the warning.');
    await requestProfessional(tx, clientOf(scope).clientId, {
      criteria: body.criteria,
      statement: body.statement,
      warningHash: body.warning,
    });
    return { to: path, flash: 'Now add a paper for each of them, and hand the request in.' };
  },
});

function atField(field: string, detail: string) {
  return malformed('Your request has not been made.', [{ pointer: `/body/${field}`, detail }]);
}

const retailForm = defineForm({
  path: '/client/category/retail',
  auth: { client: true },
  page,
  handle: async ({ tx, scope }) => {
    await requestRetail(tx, clientOf(scope).clientId);
    return { to: path, flash: 'You are protected as a retail client again.' };
  },
});

const request = { id: idOf('categoryRequest') };

const paperForm = defineForm({
  path: '/client/category/:id/papers',
  auth: { client: true },
  params: request,
  upload: paperUpload,
  body: { criterion },
  page,
  handle: async ({ tx, params, body, file }) => {
    await readCategoryRequest(tx, params.id);
    const { bytes } = requiredFile(file, {
      ...{
        problem: 'The paper has not been added.',
        detail: 'is missing: choose a picture or a PDF',
      },
    });
    await addCategoryPaper(tx, params.id, { criterion: body.criterion, content: bytes }).catch(
      atFile,
    );
    return { to: path, flash: 'Received.' };
  },
});

const submitForm = defineForm({
  path: '/client/category/:id/submit',
  auth: { client: true },
  params: request,
  page,
  handle: async ({ tx, params }) => {
    await submitCategoryRequest(tx, params.id);
    return { to: path, flash: 'Handed in. You hear from us.' };
  },
});

const withdrawForm = defineForm({
  path: '/client/category/:id/withdraw',
  auth: { client: true },
  params: request,
  page,
  handle: async ({ tx, params }) => {
    await withdrawCategoryRequest(tx, params.id);
    return { to: path, flash: 'Taken back.' };
  },
});

const experiencePath = '/client/experience';

/** The test of appropriateness: questions, what came of it, and the warning. */
const experiencePage = definePage({
  path: experiencePath,
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { clientId, entityId } = clientOf(scope);
    const { questions, warning, isRequired } = await testOfEntity(tx, entityId);
    const last = await lastTest(tx, clientId);
    return {
      view: 'client/experience',
      title: 'Your experience',
      data: {
        questions: questions.map((question) => showQuestion(question, questions, {})),
        isRequired,
        last,
        isAppropriate: last?.outcome === 'appropriate',
        mayGoOn: last?.mayGoOnAt != null && Date.parse(last.mayGoOnAt) <= Date.now(),
        warning,
      },
    };
  },
});

const experienceForm = defineForm({
  path: experiencePath,
  auth: { client: true },
  page: experiencePage,
  handle: async ({ tx, scope, fields }) => {
    const { clientId, entityId } = clientOf(scope);
    const { questions } = await testOfEntity(tx, entityId);
    await takeTest(tx, clientId, typedAnswers(questions, fields));
    return { to: experiencePath, flash: 'Thank you for your answers.' };
  },
});

const acknowledgeForm = defineForm({
  path: '/client/experience/:id/acknowledge',
  auth: { client: true },
  params: { id: idOf('appropriatenessTest') },
  page: experiencePage,
  handle: async ({ tx, scope, params }) => {
    await acknowledgeWarning(tx, clientOf(scope).clientId, params.id);
    return { to: experiencePath, flash: 'Kept. You can open an account now.' };
  },
});

export const categoryPages = [
  page,
  askForm,
  retailForm,
  paperForm,
  submitForm,
  withdrawForm,
  experiencePage,
  experienceForm,
  acknowledgeForm,
];
