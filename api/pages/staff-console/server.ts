import { createHash } from 'node:crypto';
import { z } from 'zod';
import { may, type Scope } from '../../../domain/access/scope';
import { malformed, notFound, Problem } from '../../../domain/problem';
import { declarationKinds } from '../../../domain/trading/declaration';
import { namesOfClients } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import {
  declareServer,
  endDeclaration,
  extendDeclaration,
  listDeclarations,
} from '../../../db/declarations';
import { feedHealth } from '../../../db/feed-health';
import {
  countAffected,
  countInFlight,
  listAffected,
  listInFlight,
} from '../../../db/server-standing';
import { serverId } from '../../routes/account-schemas';
import { knownServer } from '../../routes/servers';
import { idOf, reason, utcMinute } from '../../schemas';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { afterOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';
import { shownBackfills, shownFeed, shownGaps } from './servers';

const declarationsShown = 10;
const inFlightShown = 50;

const params = { id: serverId };

/** One trading server: how it does, what is declared of it, whom that concerns and what is in flight. */
const serverPage = definePage({
  path: '/staff/servers/:id',
  auth: { permission: 'server.read' },
  params,
  query: { ...liveQuery, cursor: cursorQuery },
  handle: async ({ tx, scope, params, query }) => {
    const server = await knownServer(tx, params.id);
    const [feed] = await feedHealth(tx, server.id);
    if (!feed) throw notFound('server');
    const path = `/staff/servers/${server.id}`;
    const standing = {
      server,
      feed: shownFeed(feed),
      inFlight: may(scope, 'process.read') ? await inFlightData(tx, server.id) : undefined,
    };
    const opened = /^\d{13}/.exec(query.seen ?? '')?.[0] ?? String(Date.now());
    return follow(
      {
        view: 'staff/server',
        title: server.name,
        data: {
          ...standing,
          kindOptions: declarationKinds.map((kind) => ({ value: kind, label: kind })),
          declarations: await declarationData(tx, server.id),
          gaps: await shownGaps(tx, server.id),
          backfills: await shownBackfills(tx, server.id),
          affected: may(scope, 'account.read')
            ? await affectedData(tx, scope, { path, serverId: server.id, cursor: query.cursor })
            : undefined,
        },
      },
      // The moment at which the page was opened is part of the mark, so that it is not followed for ever.
      {
        path,
        mark: `${opened}/${digestOf(standing)}`,
        since: new Date(Number(opened)).toISOString(),
        isMoving: true,
      },
      query.seen,
    );
  },
});

/** What is seen of a standing: the age of what is shown goes by minutes. */
function digestOf(standing: object): string {
  const text = JSON.stringify(standing, (name, value: unknown) => {
    if (name === 'watermark' || name === 'readAt')
      return typeof value === 'string' ? value.slice(0, 16) : value;
    if (typeof value === 'bigint') return String(value);
    return name === 'lagSeconds' ? undefined : value;
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function inFlightData(tx: Tx, id: string) {
  const intents = await listInFlight(tx, { serverId: id, limit: inFlightShown });
  const { planned, sending, unknown } = await countInFlight(tx, id);
  const all = planned + sending + unknown;
  return { intents, planned, sending, unknown, all, more: Math.max(0, all - intents.length) };
}

async function declarationData(tx: Tx, id: string) {
  const found = await listDeclarations(tx, { serverId: id, limit: declarationsShown });
  const who = await actorWords(
    tx,
    found.flatMap(({ declaredBy, endedBy }) => (endedBy ? [declaredBy, endedBy] : [declaredBy])),
  );
  const shown = found.map((each) => ({
    ...each,
    by: who(each.declaredBy),
    endedByWords: each.endedBy === null ? undefined : who(each.endedBy),
    isNow: each.phase === 'in_force',
  }));
  const isOpen = ({ phase }: (typeof shown)[number]) => phase === 'in_force' || phase === 'planned';
  return { open: shown.filter(isOpen).reverse(), past: shown.filter((each) => !isOpen(each)) };
}

async function affectedData(
  tx: Tx,
  scope: Scope,
  { path, serverId, cursor }: { path: string; serverId: string; cursor: string | undefined },
) {
  const found = await listAffected(tx, {
    serverId,
    ...afterOf(cursor),
    limit: rowsPerPage + 1,
  });
  const { rows, next } = pageOfRows(found, { path, query: {}, after: ({ id }) => id });
  const names = may(scope, 'client.personal')
    ? await namesOfClients(
        tx,
        rows.map(({ clientId }) => clientId),
      )
    : new Map<string, string>();
  return {
    ...(await countAffected(tx, serverId)),
    rows: rows.map((row) => ({ ...row, name: names.get(row.clientId) })),
    next: next && `${next}#affected`,
  };
}

const declareForm = defineForm({
  path: '/staff/servers/:id/declarations',
  auth: { permission: 'server.operate' },
  params,
  body: {
    kind: z.enum(declarationKinds),
    from: utcMinute.optional(),
    until: utcMinute.optional(),
    reason,
  },
  page: serverPage,
  handle: async ({ tx, params, body }) => {
    const { kind, phase } = await declareServer(tx, { serverId: params.id, ...body });
    return {
      to: `/staff/servers/${params.id}`,
      flash:
        phase === 'planned'
          ? `The ${kind} is planned and begins by itself.`
          : `The ${kind} is declared: nothing is sent to the server until it is over.`,
    };
  },
});

const ofDeclaration = { ...params, declarationId: idOf('declaration') };

const endForm = defineForm({
  path: '/staff/servers/:id/declarations/:declarationId/end',
  auth: { permission: 'server.operate' },
  params: ofDeclaration,
  page: serverPage,
  handle: async ({ tx, params }) => {
    const { kind, phase } = await endDeclaration(tx, params.id, params.declarationId);
    return {
      to: `/staff/servers/${params.id}`,
      flash:
        phase === 'called_off'
          ? `The ${kind} is called off.`
          : `The ${kind} is over: what has waited goes on.`,
    };
  },
});

const extendForm = defineForm({
  path: '/staff/servers/:id/declarations/:declarationId/extend',
  auth: { permission: 'server.operate' },
  params: ofDeclaration,
  // Another name than the field of the form above it has, so that a mistake is shown at its own field.
  body: { later: utcMinute },
  page: serverPage,
  handle: async ({ tx, params, body }) => {
    const { kind } = await extendDeclaration(tx, params.id, {
      id: params.declarationId,
      until: body.later,
    }).catch((error: unknown) => {
      if (!(error instanceof Problem) || error.code !== 'malformed') throw error;
      const errors = error.errors.map(({ detail }) => ({ pointer: '/body/later', detail }));
      throw malformed(error.detail, errors);
    });
    return { to: `/staff/servers/${params.id}`, flash: `The ${kind} has a later end.` };
  },
});

export const oneServerPages = [serverPage, declareForm, endForm, extendForm];
