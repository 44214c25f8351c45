import { may } from '../../../domain/access/scope';
import { readClient } from '../../../db/clients';
import { erasureRequestsOf, requestErasure } from '../../../db/erasure-requests';
import { listErasures, proposeErasure } from '../../../db/erasures';
import { inTurn } from '../../../db/in-turn';
import { listLegalHolds } from '../../../db/legal-holds';
import { openMatters, endRelationship, readRetention } from '../../../db/retention';
import { latestTask } from '../../../db/tasks';
import { idOf, reason } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';

const params = { id: idOf('client') };
const back = (id: string) => `/staff/clients/${id}/retention`;
const shownMax = 50;

/** How long what is known of a client is kept, what they asked for, and what became of it. */
const retentionPage = definePage({
  path: '/staff/clients/:id/retention',
  auth: { permission: 'client.read' },
  params,
  handle: async ({ tx, scope, params: { id } }) => {
    const client = await readClient(tx, id);
    const retention = await readRetention(tx, id, new Date().toISOString().slice(0, 10));
    const requests = await erasureRequestsOf(tx, id);
    const erasures = await listErasures(tx, { clientId: id, limit: shownMax });
    const who = await actorWords(tx, [
      ...requests.map(({ askedBy }) => askedBy),
      ...erasures.flatMap(({ proposedBy, decidedBy }) => [proposedBy, decidedBy]),
    ]);
    const isLive = retention.standing !== 'erased';
    const isProposed = erasures.some(({ state }) => state === 'proposed');
    return {
      view: 'staff/retention',
      title: 'Keeping and erasing',
      data: {
        client,
        retention,
        open: isLive && may(scope, 'client.edit') ? await openMatters(tx, id) : [],
        requests: requests.map((each) => ({ ...each, by: who(each.askedBy) })),
        erasures: await inTurn(erasures, async (each) => ({
          ...each,
          by: who(each.proposedBy),
          decider: each.decidedBy === null ? null : who(each.decidedBy),
          task: await latestTask(tx, each.id, 'erasure_approval'),
        })),
        mayEnd: isLive && may(scope, 'client.edit') && client.state !== 'closed',
        mayRecord: isLive && may(scope, 'client.edit'),
        mayPropose: retention.standing === 'over' && !isProposed && may(scope, 'erasure.propose'),
        seesHolds: may(scope, 'restricted.read'),
        holds: may(scope, 'restricted.read')
          ? await listLegalHolds(tx, { clientId: id, limit: shownMax })
          : [],
        mayHold: isLive && may(scope, 'legal_hold.decide'),
      },
    };
  },
});

const of = { params, page: retentionPage };

const endForm = defineForm({
  ...of,
  path: '/staff/clients/:id/end',
  auth: { permission: 'client.edit' },
  body: { reason },
  handle: async ({ tx, params: { id }, body }) => {
    await endRelationship(tx, id, body.reason);
    return { to: back(id), flash: 'The relationship has ended; the time of keeping runs.' };
  },
});

const requestForm = defineForm({
  ...of,
  path: '/staff/clients/:id/erasure-requests',
  auth: { permission: 'client.edit' },
  handle: async ({ tx, params: { id } }) => {
    await requestErasure(tx, id);
    return { to: back(id), flash: 'The request is recorded. Its answer stands below.' };
  },
});

const proposeForm = defineForm({
  ...of,
  path: '/staff/clients/:id/erasures',
  auth: { permission: 'erasure.propose' },
  handle: async ({ tx, params: { id } }) => {
    const [asked] = await erasureRequestsOf(tx, id);
    await proposeErasure(tx, id, asked === undefined ? 'retention_over' : 'client_request');
    return { to: back(id), flash: 'Proposed. Another person approves it.' };
  },
});

export const retentionPages = [retentionPage, endForm, requestForm, proposeForm];
