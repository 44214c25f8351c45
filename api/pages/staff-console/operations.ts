import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { flows, type Flow } from '../../../domain/payments/flow';
import { paymentRails } from '../../../domain/payments/rails';
import { forbidden, notFound, refused } from '../../../domain/problem';
import { listEntities } from '../../../db/entities';
import { readFeed, requestBackfill } from '../../../db/feeds';
import { activeHalts, liftHalt, setHalt } from '../../../db/halts';
import { everybody, worksForWhole } from '../../../db/whole';
import { intentsOfWorkflow } from '../../../db/intent-readers';
import {
  latestBackfills,
  listProcesses,
  processViews,
  waitingCommands,
} from '../../../db/process-lists';
import { readProcess } from '../../../db/processes';
import { findOrphans, sumOfScans } from '../../../db/orphans/find-orphans';
import { listServers } from '../../../db/servers';
import { timelineOfSubjects } from '../../../db/timeline';
import type { Tx } from '../../../db/connection';
import { idOf, reason, utcMinute } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { showEvents } from './events';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const emptyWords: Readonly<Record<(typeof processViews)[number], string>> = {
  open: 'Every process has ended.',
  stuck: 'Nothing stands still without saying what it waits for.',
  overdue: 'No process is past its time.',
  unknown: 'Every step outside has a known outcome.',
  finished: 'No process has ended yet.',
};

const operationsPage = definePage({
  path: '/staff/operations',
  auth: { permission: 'process.read' },
  query: {
    show: z.enum(processViews).optional(),
    workflow: z
      .string()
      .regex(/^[A-Za-z]{1,40}$/)
      .optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, scope, query }) => {
    const view = query.show ?? 'open';
    const path = '/staff/operations';
    const found = await listProcesses(tx, {
      view,
      ...(query.workflow ? { workflow: query.workflow } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: (each) => each.workflowId });
    const halts = await activeHalts(tx);
    const isWhole = await worksForWhole(tx, everybody);
    const backfills = may(scope, 'server.read') ? await latestBackfills(tx, 8) : [];
    const who = await actorWords(tx, [
      ...halts.map((halt) => halt.setBy),
      ...backfills.map((backfill) => backfill.requestedBy),
    ]);
    const servers = may(scope, 'server.read') ? await serversWithFeeds(tx) : undefined;
    return {
      view: 'staff/operations',
      title: 'Operations',
      data: {
        processes: rows,
        next,
        emptyWords: emptyWords[view],
        views: chipsOf(path, query, {
          name: 'show',
          all: 'Open',
          options: processViews.filter((each) => each !== 'open'),
        }).map((chip, position) =>
          position === 0 ? { ...chip, isCurrent: view === 'open' } : chip,
        ),
        servers,
        serverOptions: servers?.map(({ id, name }) => ({ value: id, label: name })),
        backfills: backfills.map((backfill) => ({ ...backfill, by: who(backfill.requestedBy) })),
        halts: halts.map((halt) => ({
          ...halt,
          by: who(halt.setBy),
          isOwn: halt.setBy === scope.actor,
          isBeyond: halt.scope === 'all' && !isWhole,
        })),
        haltOptions: await haltOptions(tx),
        commands: await waitingCommands(tx, 20),
      },
    };
  },
});

async function serversWithFeeds(tx: Tx) {
  const servers = [];
  for (const server of await listServers(tx)) {
    servers.push({ ...server, feed: await readFeed(tx, server.id) });
  }
  return servers;
}

const flowWords: Readonly<Record<Flow, string>> = { payin: 'pay-ins', payout: 'payouts' };

/** What a switch can stop: everything, an entity, a payment rail, a server. */
async function haltOptions(tx: Tx) {
  return [
    { value: 'all/', label: 'everything that leaves' },
    ...(await listEntities(tx)).map(({ id, name }) => ({
      value: `entity/${id}`,
      label: `entity ${name}`,
    })),
    ...(await listServers(tx)).map(({ id, name }) => ({
      value: `server/${id}`,
      label: `server ${name}`,
    })),
    ...paymentRails.flatMap((name) => [
      { value: `rail/${name}`, label: `payments by ${name}` },
      ...flows.map((flow) => ({
        value: `rail/${name}/${flow}`,
        label: `${flowWords[flow]} by ${name}`,
      })),
    ]),
  ];
}

/** A process: where it stands, its steps outside and what it recorded. Ids hold slashes, so they stand in the query. */
const processPage = definePage({
  path: '/staff/operations/process',
  auth: { permission: 'process.read' },
  query: { id: z.string().min(3).max(255) },
  handle: async ({ tx, query }) => {
    const process = await readProcess(tx, query.id);
    if (!process) throw notFound('process');
    const intents = await intentsOfWorkflow(tx, process.workflowId);
    return {
      view: 'staff/process',
      title: `Process ${process.workflow}`,
      data: {
        process,
        intents,
        events: await showEvents(
          tx,
          await timelineOfSubjects(tx, [process.subject, process.workflowId], 200),
        ),
      },
    };
  },
});

/** Everything unfinished, looked through for what no process works on. */
const orphansPage = definePage({
  path: '/staff/operations/orphans',
  auth: { permission: 'process.read' },
  handle: async ({ tx }) => {
    const scans = await findOrphans(tx);
    return {
      view: 'staff/orphans',
      title: 'Orphans',
      data: {
        scanned: sumOfScans(scans).scanned,
        scans: scans.filter(({ scanned }) => scanned > 0),
        found: scans
          .filter(({ found }) => found > 0)
          .map((scan) => ({ ...scan, more: scan.found - scan.orphans.length })),
        foundCount: sumOfScans(scans).found,
        nothingOf: scans
          .filter(({ scanned }) => scanned === 0)
          .map(({ kind }) => kind)
          .join(', '),
      },
    };
  },
});

const setForm = defineForm({
  path: '/staff/operations/halts',
  auth: { permission: 'halt.set' },
  body: { what: z.string().max(80), until: utcMinute.optional(), reason },
  page: operationsPage,
  handle: async ({ tx, body }) => {
    const offered = (await haltOptions(tx)).find(({ value }) => value === body.what);
    if (!offered) throw notFound('switch');
    const [scope = '', key = '', flow] = body.what.split('/');
    if (scope !== 'all' && scope !== 'entity' && scope !== 'rail' && scope !== 'server') {
      throw refused('unknown_halt', 'There is no such switch.');
    }
    await setHalt(tx, {
      scope,
      key,
      flow: flows.find((each) => each === flow),
      until: body.until,
      reason: body.reason,
    });
    return { to: '/staff/operations#halts', flash: `Stopped: ${offered.label}.` };
  },
});

const liftForm = defineForm({
  path: '/staff/operations/halts/:id/lift',
  auth: { permission: 'halt.lift' },
  params: { id: idOf('halt') },
  page: operationsPage,
  handle: async ({ tx, params }) => {
    await liftHalt(tx, params.id);
    return { to: '/staff/operations#halts', flash: 'The switch is off again.' };
  },
});

const backfillForm = defineForm({
  path: '/staff/operations/backfills',
  auth: { permission: 'server.operate' },
  body: { server: z.string().max(20), from: utcMinute, to: utcMinute },
  page: operationsPage,
  handle: async ({ tx, scope, body }) => {
    if (!may(scope, 'server.operate')) throw forbidden('server.operate');
    const known = (await listServers(tx)).some((server) => server.id === body.server);
    if (!known) throw notFound('server');
    if (body.from >= body.to) throw refused('empty_period', 'The end must be after the beginning.');
    await requestBackfill(tx, { serverId: body.server, fromAt: body.from, toAt: body.to });
    return { to: '/staff/operations#servers', flash: 'The feed will read this stretch again.' };
  },
});

export const operationPages = [
  operationsPage,
  processPage,
  orphansPage,
  setForm,
  liftForm,
  backfillForm,
];
