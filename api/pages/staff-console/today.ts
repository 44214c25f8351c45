import type { Role } from '../../../domain/access/roles';
import { may, type Scope } from '../../../domain/access/scope';
import type { Tx } from '../../../db/connection';
import { readFeed, type Feed } from '../../../db/feeds';
import { activeHalts } from '../../../db/halts';
import { listServers } from '../../../db/servers';
import { countTasks, listTasks } from '../../../db/task-lists';
import {
  balancesByCode,
  complianceFigures,
  dealsToday,
  operationFigures,
  paymentSums,
  type PaymentSum,
} from '../../../db/today';
import { definePage } from '../page';
import { actorWords } from './actors';
import { address } from './lists';
import { showTasks } from './task-words';

type Section = 'compliance' | 'payments' | 'operations' | 'dealing';

/** Which section stands first for whom; the rest follow in this order as far as permissions go. */
const firstFor: Readonly<Partial<Record<Role, Section>>> = {
  compliance: 'compliance',
  mlro: 'compliance',
  senior_approver: 'compliance',
  finance: 'payments',
  operations: 'operations',
  support: 'payments',
  dealing: 'dealing',
};

const today = definePage({
  path: '/staff',
  auth: { permission: 'today.read' },
  handle: async ({ tx, scope }) => {
    const now = Date.now();
    const halts = await activeHalts(tx);
    const who = await actorWords(
      tx,
      halts.map((halt) => halt.setBy),
    );
    const counts = await countTasks(tx);
    const urgent = await listTasks(tx, { view: 'all', limit: 8 });
    return {
      view: 'staff/today',
      title: 'Today',
      data: {
        roles: scope.kind === 'staff' ? scope.roles.map((role) => role.replaceAll('_', ' ')) : [],
        now: new Date(now).toISOString(),
        inbox: counts,
        urgent: await showTasks(tx, urgent, now),
        halts: halts.map((halt) => ({ ...halt, by: who(halt.setBy) })),
        sections: await sectionsFor(tx, scope),
      },
    };
  },
});

async function sectionsFor(tx: Tx, scope: Scope): Promise<Record<string, unknown>[]> {
  const roles = scope.kind === 'staff' ? scope.roles : [];
  const first = roles.map((role) => firstFor[role]).find((section) => section !== undefined);
  const order: readonly Section[] = ['compliance', 'payments', 'operations', 'dealing'];
  const sorted = first ? [first, ...order.filter((section) => section !== first)] : order;
  const sections: Record<string, unknown>[] = [];
  for (const section of sorted) {
    const data = await sectionData(tx, scope, section);
    if (data) sections.push({ section, [section]: data });
  }
  return sections;
}

async function sectionData(tx: Tx, scope: Scope, section: Section): Promise<unknown> {
  switch (section) {
    case 'compliance':
      return may(scope, 'kyc.read') ? complianceFigures(tx) : undefined;
    case 'payments':
      return may(scope, 'payment.read') ? paymentData(tx, scope) : undefined;
    case 'operations':
      return may(scope, 'process.read') ? operationData(tx) : undefined;
    case 'dealing':
      return may(scope, 'server.read') ? dealingData(tx, scope) : undefined;
  }
}

const needsSomebody: ReadonlySet<string> = new Set(['held', 'in_review', 'unknown', 'failed']);

async function paymentData(tx: Tx, scope: Scope) {
  const sums = await paymentSums(tx);
  const row = (sum: PaymentSum) => ({
    ...sum,
    href: address(`/staff/payments`, { kind: sum.kind, state: sum.state }),
    needsSomebody: needsSomebody.has(sum.state),
  });
  const rows = sums.map(row).sort((a, b) => Number(b.needsSomebody) - Number(a.needsSomebody));
  const houses = may(scope, 'ledger.read')
    ? (await balancesByCode(tx)).filter((each) =>
        ['wallet', 'psp_clearing', 'suspense', 'receivable'].includes(each.code),
      )
    : [];
  return { rows, houses };
}

async function operationData(tx: Tx) {
  const figures = await operationFigures(tx);
  const isFine =
    figures.stuck +
      figures.unknownIntents +
      figures.feedErrors +
      figures.mailsFailed +
      figures.accountsWaiting ===
      0 && figures.outboxDepth < 100;
  return { ...figures, isFine };
}

async function dealingData(tx: Tx, scope: Scope) {
  const deals = new Map((await dealsToday(tx)).map((each) => [each.serverId, each]));
  const servers: (Omit<Feed, 'state'> & {
    name: string;
    state: string;
    deals24h: number;
    traders: number;
  })[] = [];
  for (const server of await listServers(tx)) {
    const feed = await readFeed(tx, server.id);
    servers.push({
      ...feed,
      name: server.name,
      state: server.state,
      deals24h: deals.get(server.id)?.deals ?? 0,
      traders: deals.get(server.id)?.accounts ?? 0,
    });
  }
  const suspense = may(scope, 'ledger.read')
    ? (await balancesByCode(tx)).filter((each) => each.code === 'suspense')
    : [];
  return { servers, suspense: suspense.filter((each) => each.balanceMinor !== 0n) };
}

export const todayPages = [today];
