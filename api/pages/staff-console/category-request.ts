import { categoryCriteria } from '../../../domain/client/category';
import { may } from '../../../domain/access/scope';
import { lastTest } from '../../../db/appropriateness';
import { readCategoryRequest, statementOfRequest } from '../../../db/client-category';
import { papersOf, readPaperContent } from '../../../db/client-papers';
import { readClient } from '../../../db/clients';
import { latestTask } from '../../../db/tasks';
import { timelineOfSubjects } from '../../../db/timeline';
import { paperDownload } from '../../paper-file';
import { idOf } from '../../schemas';
import { definePage } from '../page';
import { decisionView } from './decision';
import { showEvents } from './events';

const params = { id: idOf('categoryRequest') };

/** What a client claims, the papers that show it, and the decision. */
const page = definePage({
  path: '/staff/category-requests/:id',
  auth: { permission: 'kyc.read' },
  params,
  handle: async ({ tx, scope, params: { id } }) => {
    const request = await readCategoryRequest(tx, id);
    const task = await latestTask(tx, id, 'category_approval');
    const papers = await papersOf(tx, id);
    return {
      view: 'staff/category-request',
      title: `Wish to be ${request.wish}`,
      data: {
        request,
        client: await readClient(tx, request.clientId),
        test: await lastTest(tx, request.clientId),
        statement: may(scope, 'client.personal')
          ? await statementOfRequest(tx, request)
          : undefined,
        criteria: request.criteria.map((name) => ({
          ...categoryCriteria[name],
          papers: papers
            .filter(({ purpose }) => purpose === name)
            .map((paper, at) => ({
              ...paper,
              paperWords: `Paper ${at + 1}, ${paper.mediaType === 'application/pdf' ? 'a PDF' : 'a picture'}`,
            })),
        })),
        decision: task && (await decisionView(tx, task)),
        events: await showEvents(tx, await timelineOfSubjects(tx, [id], 60)),
      },
    };
  },
});

const paperPage = definePage({
  path: '/staff/category-requests/:id/papers/:paperId',
  auth: { permission: 'document.read' },
  params: { ...params, paperId: idOf('paper') },
  handle: async ({ tx, params: { id, paperId } }) =>
    paperDownload(paperId, await readPaperContent(tx, id, paperId)),
});

export const categoryRequestPages = [page, paperPage];
