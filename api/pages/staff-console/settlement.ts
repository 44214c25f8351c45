import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { formatAmount, money } from '../../../domain/money';
import { rateInWords } from '../../../domain/partners/component';
import { lineReasons, type LineReason } from '../../../domain/partners/reason';
import { toCsv } from '../../../domain/csv';
import { keysOf } from '../../../domain/record';
import { notFound } from '../../../domain/problem';
import { asSystem, type Tx } from '../../../db/connection';
import { partnerNames } from '../../../db/partners';
import { readPlanSet } from '../../../db/plan-sets';
import { readProcess } from '../../../db/processes';
import { recomputeSettlement } from '../../../db/settlement/compute';
import { engineVersion } from '../../../db/settlement/engine-version';
import { listLines, reasonsOf, type SettlementLine } from '../../../db/settlement/lines';
import { listPayouts } from '../../../db/settlement/payouts';
import { processOf, readSettlement, type Settlement } from '../../../db/settlement/settlements';
import { tasksOfSubjects } from '../../../db/task-lists';
import { readVisibleTask } from '../../../db/task-inbox';
import { timelineOfSubjects } from '../../../db/timeline';
import { decodeCursor, encodeCursor } from '../../cursor';
import { idOf } from '../../schemas';
import { defineForm, definePage } from '../page';
import { utcWords } from '../template-words';
import { actorWords } from './actors';
import { decideFrom, decisionFields, decisionView } from './decision';
import { showEvents } from './events';
import { address, chipsOf, cursorQuery } from './lists';

const linesShown = 25;
const reasons = keysOf(lineReasons);

const settlementPage = definePage({
  path: '/staff/settlements/:id',
  auth: { permission: 'settlement.read' },
  params: { id: idOf('settlement') },
  query: {
    partner: idOf('partner').optional(),
    reason: z.enum(reasons).optional(),
    again: z.literal('yes').optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, scope, params, query }) => {
    const settlement = await readSettlement(tx, params.id);
    const path = `/staff/settlements/${settlement.id}`;
    const planSet = await readPlanSet(tx, settlement.planSet);
    const payouts = await listPayouts(tx, { settlementId: settlement.id, limit: 200 });
    const tasks = await tasksOfSubjects(tx, [settlement.id]);
    const task = tasks.find((each) => each.state === 'open') ?? tasks[0];
    const decision = task && (await decisionView(tx, task));
    const who = await actorWords(tx, [settlement.requestedBy]);
    const names = await partnerNames(
      tx,
      payouts.map((payout) => payout.partnerId),
    );
    return {
      view: 'staff/settlement',
      title: `Settlement ${settlement.period}`,
      data: {
        settlement,
        total:
          settlement.totalMinor === null
            ? undefined
            : money(settlement.totalMinor, settlement.currency),
        by: who(settlement.requestedBy),
        planSet,
        process: await readProcess(tx, processOf(settlement)),
        payouts: payouts
          .map((payout) => ({
            ...payout,
            name: names.get(payout.partnerId),
            held: money(payout.heldMinor, payout.currency),
            isHeld: payout.heldMinor > 0n,
            href: `${address(path, { partner: payout.partnerId })}#lines`,
          }))
          .sort((a, b) => (a.amountMinor > b.amountMinor ? -1 : 1)),
        reasons: (await reasonsOf(tx, { settlementId: settlement.id })).map((each) => ({
          ...each,
          currency: settlement.currency,
          href: `${address(path, { reason: each.reason })}#lines`,
        })),
        ...(await lineData(tx, { settlement, path, query, names })),
        again: query.again === 'yes' ? await computeAgain(tx, settlement) : undefined,
        holds: payouts.some(({ heldMinor }) => heldMinor > 0n),
        mayRun: may(scope, 'settlement.run'),
        decision: decision && { ...decision, action: `${path}/decide/${decision.task.id}` },
        events: await showEvents(
          tx,
          await timelineOfSubjects(tx, [settlement.id, ...payouts.map((payout) => payout.id)], 100),
        ),
      },
    };
  },
});

/** Computes the period once more from what is recorded now, and keeps nothing of it. */
async function computeAgain(tx: Tx, settlement: Settlement) {
  if (settlement.engineVersion !== engineVersion)
    return { otherVersion: settlement.engineVersion, present: engineVersion };
  const result = await asSystem(tx, (system) => recomputeSettlement(system, settlement));
  return {
    ...result,
    isSame: result.resultHash === settlement.resultHash,
    inputsSame: result.inputHash === settlement.inputHash,
  };
}

async function lineData(
  tx: Tx,
  of: {
    settlement: Settlement;
    path: string;
    query: {
      partner?: string | undefined;
      reason?: LineReason | undefined;
      cursor?: string | undefined;
    };
    names: ReadonlyMap<string, string>;
  },
) {
  const { settlement, path, query } = of;
  const after = decodeCursor(query.cursor);
  const found = await listLines(tx, {
    settlementId: settlement.id,
    ...(query.partner ? { partnerId: query.partner } : {}),
    ...(query.reason ? { reason: query.reason } : {}),
    ...(after !== undefined && /^\d{1,18}$/.test(after) ? { after } : {}),
    limit: linesShown + 1,
  });
  const lines = found.slice(0, linesShown);
  const last = lines.at(-1);
  const { partner, reason } = query;
  return {
    lines: lines.map((each) => showLine(each, of.names)),
    next:
      found.length > linesShown && last
        ? `${address(path, { partner, reason, cursor: encodeCursor(last.line) })}#lines`
        : undefined,
    chosen: [
      ...(partner ? [of.names.get(partner) ?? partner] : []),
      ...(reason ? [reason] : []),
    ].join(', '),
    all: `${path}#lines`,
    filters: chipsOf(
      path,
      { partner, reason },
      {
        name: 'partner',
        all: 'Every partner',
        options: [...of.names].map(([value, label]) => ({ value, label })),
      },
    ).map((chip) => ({ ...chip, href: `${chip.href}#lines` })),
  };
}

function showLine(each: SettlementLine, names: ReadonlyMap<string, string>) {
  return {
    ...each,
    name: names.get(each.partnerId),
    rateWords: rateInWords(each),
    isPaid: each.amountMinor > 0n,
    because: Object.entries(each.explanation)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => ({
        name: name.replaceAll(/([A-Z])/g, ' $1').toLowerCase(),
        value: explainedWords(value),
      })),
  };
}

const timeShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:/;

function explainedWords(value: unknown): string {
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  return timeShape.test(text) ? utcWords(text) : text;
}

/** One file holds at most this many lines. */
const csvLinesMax = 100_000;
const csvPage = 5_000;

const csv = definePage({
  path: '/staff/settlements/:id/lines.csv',
  auth: { permission: 'settlement.read' },
  params: { id: idOf('settlement') },
  handle: async ({ tx, params }) => {
    const settlement = await readSettlement(tx, params.id);
    const table: string[][] = [];
    let after: string | undefined;
    while (table.length < csvLinesMax) {
      const lines = await listLines(tx, {
        settlementId: settlement.id,
        ...(after === undefined ? {} : { after }),
        limit: csvPage,
      });
      for (const each of lines) table.push(rowOf(each));
      after = lines.at(-1)?.line;
      if (lines.length < csvPage) break;
    }
    return {
      bytes: Buffer.from(toCsv(header, table), 'utf8'),
      mediaType: 'text/csv',
      fileName: `settlement-${settlement.period}-${settlement.id.slice(-8)}.csv`,
    };
  },
});

const header = [
  'line',
  'partner',
  'client',
  'server',
  'login',
  'position',
  'tickets',
  'symbol',
  'lots',
  'tier',
  'rate',
  'rate_currency',
  'conversion',
  'reason',
  'amount',
  'currency',
  'plan_version',
  'closed_at',
  'event',
  'component',
  'adjusts',
];

function rowOf(each: SettlementLine): string[] {
  return [
    each.line,
    each.partnerId,
    each.clientId ?? '',
    each.serverId ?? '',
    each.login ?? '',
    each.positionId ?? '',
    each.tickets.join(' '),
    each.symbol ?? '',
    each.lots,
    String(each.tier),
    each.rate,
    each.rateCurrency,
    each.conversion,
    each.reason,
    formatAmount(each.amountMinor, each.currency),
    each.currency,
    each.planVersion,
    each.closedAt ?? '',
    each.event,
    each.component,
    each.adjusts ?? '',
  ];
}

const decideForm = defineForm({
  path: '/staff/settlements/:id/decide/:taskId',
  auth: { permission: 'task.claim' },
  params: { id: idOf('settlement'), taskId: idOf('task') },
  body: decisionFields,
  page: settlementPage,
  handle: async ({ tx, params, body }) => {
    const settlement = await readSettlement(tx, params.id);
    const task = await readVisibleTask(tx, params.taskId);
    if (task.subject !== settlement.id) throw notFound('task');
    const redirect = await decideFrom(tx, params.taskId, body);
    // What follows is on the settlement's own page, unless the next task is wanted.
    return redirect.to === '/staff/inbox'
      ? { ...redirect, to: `/staff/settlements/${params.id}` }
      : redirect;
  },
});

export const settlementPages = [csv, settlementPage, decideForm];
