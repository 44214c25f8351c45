import { z } from 'zod';
import { eventsSeenBy, seesFamily } from '../../../domain/access/event-access';
import { wantsInWords } from '../../../domain/kyc/level-wants';
import { measureDefinitions, measures } from '../../../domain/compliance/measures';
import { restrictedScopes } from '../../../domain/compliance/restriction';
import { may, type Scope } from '../../../domain/access/scope';
import { accountsOfClient } from '../../../db/accounts';
import { acceptancesOf, waitingAgreements } from '../../../db/agreement-acceptance';
import { testsOfClient } from '../../../db/appropriateness';
import { listCategoryRequests } from '../../../db/client-category';
import { restrictionKinds, setRestriction } from '../../../db/client-restrictions';
import { owedByClient } from '../../../db/chargebacks';
import { readLevel } from '../../../db/client-levels';
import { showLimits } from '../../../db/client-limits';
import { readClient } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { listEntities } from '../../../db/entities';
import { listCases } from '../../../db/kyc';
import { balancesOfClient } from '../../../db/ledger';
import { mailsOfClient } from '../../../db/mails';
import { partiesOf, readPersonalData } from '../../../db/parties';
import { sourcesOfClient } from '../../../db/payment-sources';
import { listPayments, type ListedPayment } from '../../../db/payments';
import { processesOfClient } from '../../../db/processes';
import { restrictionsOf } from '../../../db/restrictions';
import { tasksOfClient } from '../../../db/task-lists';
import { timelineOfClient } from '../../../db/timeline';
import { decodeCursor, encodeCursor } from '../../cursor';
import { timelineFilter, timelineQuery } from '../../timeline-query';
import { idOf, reason } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { showEvents, timelineFamilies } from './events';
import { address, chipsOf, cursorQuery, severalTexts } from './lists';
import { showTasks } from './task-words';
import { reviewDay } from './client-measures';

const eventsPerPage = 60;
const acceptancesShown = 20;
const requestsShown = 5;
const familyNames = Object.keys(timelineFamilies);

const clientPage = definePage({
  path: '/staff/clients/:id',
  auth: { permission: 'client.read' },
  params: { id: idOf('client') },
  query: { show: z.enum(familyNames).optional(), ...timelineQuery, cursor: cursorQuery },
  handle: async ({ tx, scope, params, query }) => {
    const client = await readClient(tx, params.id);
    const path = `/staff/clients/${client.id}`;
    const entity = (await listEntities(tx)).find(({ id }) => id === client.entityId);
    const people = may(scope, 'client.personal') ? await readPeople(tx, client.id) : undefined;
    const tasks = await tasksOfClient(tx, client.id);
    return {
      view: 'staff/client',
      title: people?.[0]?.name ?? 'Client',
      data: {
        client,
        entityName: entity?.name ?? client.entityId,
        people,
        ...(await restrictionData(tx, scope, client.id)),
        standing: await levelData(tx, scope, client.id),
        cases: may(scope, 'kyc.read')
          ? await listCases(tx, { clientId: client.id, limit: 10 })
          : undefined,
        accounts: may(scope, 'account.read') ? await accountsOfClient(tx, client.id) : undefined,
        money: may(scope, 'payment.read') ? await moneyData(tx, scope, client.id) : undefined,
        processes: (await processesOfClient(tx, client.id)).filter(
          (process) => process.finishedAt === null,
        ),
        tasks: await showTasks(
          tx,
          tasks.filter((task) => task.state === 'open'),
          Date.now(),
        ),
        mails: await mailsOfClient(tx, client.id),
        acceptances: (await acceptancesOf(tx, client.id, { limit: acceptancesShown })).map(
          (each) => ({ ...each, short: each.hash.slice(0, 12) }),
        ),
        waiting: await waitingAgreements(tx, client.id),
        ...(may(scope, 'kyc.read') ? await protectionData(tx, client.id) : {}),
        ...(await timelineData(tx, { path, clientId: client.id, query })),
      },
    };
  },
});

/** How far the client is verified and what that allows, with the row of each limit; sums for whoever sees payments. */
async function levelData(tx: Tx, scope: Scope, clientId: string) {
  const view = await readLevel(tx, clientId);
  const seesMoney = may(scope, 'payment.read');
  return {
    ...view,
    mayReplay: may(scope, 'kyc.read'),
    goOn: wantsInWords(view.next),
    limits: (await showLimits(tx, clientId)).map((limit) => ({
      ...limit,
      used: seesMoney ? limit.used : null,
      left: seesMoney ? limit.left : null,
    })),
  };
}

async function readPeople(tx: Tx, clientId: string) {
  const people = [];
  for (const party of await partiesOf(tx, clientId)) {
    people.push({ ...(await readPersonalData(tx, party.id)), role: party.role, id: party.id });
  }
  return people;
}

/** How the client is protected: tests of appropriateness, and wishes for another category. */
async function protectionData(tx: Tx, clientId: string) {
  return {
    tests: await testsOfClient(tx, clientId, { limit: requestsShown }),
    categoryRequests: await listCategoryRequests(tx, { clientId, limit: requestsShown }),
  };
}

async function restrictionData(tx: Tx, scope: Scope, clientId: string) {
  const restrictions = await restrictionsOf(tx, clientId);
  const who = await actorWords(
    tx,
    restrictions.map((restriction) => restriction.setBy),
  );
  const shown = restrictions.map((restriction) => ({
    ...restriction,
    by: who(restriction.setBy),
    isOfClient: restriction.accountId === null,
  }));
  return {
    restrictions: shown.filter((restriction) => restriction.liftedAt === null),
    lifted: shown.filter((restriction) => restriction.liftedAt !== null),
    restrictionKinds: restrictionKinds
      .filter((kind) => kind !== 'restricted_hold' || may(scope, 'restricted.read'))
      .map((kind) => ({ value: kind, label: kind.replaceAll('_', ' ') })),
    restrictionScopes: restrictedScopes,
    measures: measures.map((code) => ({ code, words: measureDefinitions[code].words })),
  };
}

const paymentsShown = 12;

function kindInWords({ kind, direction, into }: ListedPayment): string {
  if (into !== null) return `${kind} to ${into}`;
  return direction === null ? kind : `${kind} ${direction.replace('_', ' ')}`;
}

async function moneyData(tx: Tx, scope: Scope, clientId: string) {
  const payments = await listPayments(tx, { clientId, limit: paymentsShown });
  return {
    payments: payments.map((each) => ({
      ...each,
      kind: kindInWords(each),
    })),
    balances: await balancesOfClient(tx, clientId),
    owed: await owedByClient(tx, clientId),
    sources: may(scope, 'client.personal') ? await sourcesOfClient(tx, clientId) : undefined,
  };
}

async function timelineData(
  tx: Tx,
  {
    path,
    clientId,
    query,
  }: {
    path: string;
    clientId: string;
    query: Parameters<typeof timelineFilter>[0] & {
      show?: string | undefined;
      cursor?: string | undefined;
    };
  },
) {
  const { cursor: _, show, ...typed } = query;
  const found = await timelineOfClient(tx, clientId, {
    ...timelineFilter(query),
    families: query.show === undefined ? undefined : timelineFamilies[query.show],
    before: orderOf(decodeCursor(query.cursor)),
    limit: eventsPerPage + 1,
  });
  const shown = found.slice(0, eventsPerPage);
  const last = shown.at(-1);
  return {
    events: await showEvents(tx, shown),
    next:
      found.length > eventsPerPage && last
        ? `${address(path, { show, ...typed, cursor: encodeCursor(last.order) })}#timeline`
        : undefined,
    typed,
    show,
    isNarrowed: Object.values(typed).some((value) => value !== undefined),
    families: chipsOf(
      path,
      { show, ...typed },
      {
        name: 'show',
        all: 'Everything',
        options: familiesSeen(tx.scope),
      },
    ).map((chip) => ({ ...chip, href: `${chip.href}#timeline` })),
  };
}

/** The filters under which this person can find anything. */
function familiesSeen(scope: Scope): string[] {
  if (scope.kind !== 'staff') return [];
  const seen = eventsSeenBy(scope.permissions);
  return familyNames.filter((name) =>
    timelineFamilies[name]?.some((family) => seesFamily(seen, family)),
  );
}

function orderOf(cursor: string | undefined): string | undefined {
  return cursor !== undefined && /^\d{1,18}$/.test(cursor) ? cursor : undefined;
}

const setForm = defineForm({
  path: '/staff/clients/:id/restrictions',
  auth: { permission: 'restriction.set' },
  params: { id: idOf('client') },
  body: {
    kind: z.enum(restrictionKinds),
    scopes: severalTexts,
    reason,
    reviewOn: reviewDay.optional(),
  },
  page: clientPage,
  handle: async ({ tx, params, body }) => {
    await setRestriction(tx, {
      clientId: params.id,
      kind: body.kind,
      scopes: restrictedScopes.filter((each) => body.scopes.includes(each)),
      reason: body.reason,
      ...(body.reviewOn === undefined ? {} : { reviewAt: `${body.reviewOn}T00:00:00Z` }),
    });
    return { to: `/staff/clients/${params.id}`, flash: 'The restriction is in force.' };
  },
});

export const clientPages = [clientPage, setForm];
