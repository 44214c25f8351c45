import { z } from 'zod';
import { auditStatus, type AuditStatus } from '../../../db/audit-status';
import { describeFaultTo } from '../../../db/audit/fault-words';
import { verifyAudit } from '../../../db/audit/verify';
import { readClient } from '../../../db/clients';
import { canonical, eventsOfClient, eventsOfSubject, type StoredEvent } from '../../../db/events';
import type { Tx } from '../../../db/connection';
import { idOf } from '../../schemas';
import { definePage } from '../page';
import { showEvents } from './events';

const subject = z.string().regex(/^[A-Za-z0-9._/:-]{1,200}$/, 'is not a subject');

/** Where the trail stands; on demand the whole of it is verified, or one chain shown in its order. */
const auditPage = definePage({
  path: '/staff/audit',
  auth: { permission: 'audit.read' },
  query: { verify: z.literal('now').optional(), subject: subject.optional() },
  handle: async ({ tx, scope, query, deps }) => {
    const startedMs = Date.now();
    const verdict = query.verify === 'now' ? await verifyAudit(deps.db) : undefined;
    const status = await auditStatus(tx);
    const chain = query.subject === undefined ? [] : await chainOf(tx, query.subject);
    return {
      view: 'staff/audit',
      title: 'Audit',
      data: {
        status,
        verdict: verdict && {
          ...verdict,
          ...(scope.kind === 'staff' && !scope.restricted ? openCounts(status) : {}),
          isWhole: verdict.faultCount === 0,
          seconds: ((Date.now() - startedMs) / 1000).toFixed(1),
          lines: verdict.faults.map((fault) => describeFaultTo(scope, fault)),
          more: verdict.faultCount - verdict.faults.length,
        },
        subject: query.subject,
        events: chain,
      },
    };
  },
});

/** Everything is verified for everybody, and counted as far as one may know of it. */
function openCounts({ events, subjects, unanchored }: AuditStatus) {
  return { events, subjects, unanchored: { events: unanchored, subjects: undefined } };
}

async function chainOf(tx: Tx, named: string) {
  const events = await eventsOfSubject(tx, named, { limit: 200 });
  return showEvents(
    tx,
    events.map((event) => ({ ...event, hash: event.hash.toString('hex') })),
  );
}

const pageSize = 500;
/** A client's trail in one file ends here; a longer one is exported on the command line. */
const eventsMax = 20_000;

/** A client's whole trail as JSON lines: each event with the hash before it, in the order of its chain. */
const exportPage = definePage({
  path: '/staff/audit/clients/:id.jsonl',
  auth: { permission: 'audit.export' },
  params: { id: idOf('client') },
  handle: async ({ tx, params }) => {
    const client = await readClient(tx, params.id);
    const events: StoredEvent[] = [];
    let before: string | undefined;
    while (events.length < eventsMax) {
      const page = await eventsOfClient(tx, client.id, {
        limit: pageSize,
        ...(before === undefined ? {} : { before }),
      });
      events.push(...page);
      before = page.at(-1)?.order;
      if (page.length < pageSize) break;
    }
    const lines = events.reverse().map((event) =>
      canonical({
        subject: event.subject,
        seq: event.seq,
        at: event.at,
        actor: event.actor,
        type: event.type,
        entityId: event.entityId,
        clientId: event.clientId,
        restricted: event.restricted,
        payload: event.payload,
        prev: event.prev.toString('hex'),
        hash: event.hash.toString('hex'),
      }),
    );
    return {
      bytes: Buffer.from(`${lines.join('\n')}\n`, 'utf8'),
      mediaType: 'application/jsonl',
      fileName: `audit-${client.id}.jsonl`,
    };
  },
});

export const auditPages = [auditPage, exportPage];
