import { isRecord } from '../../domain/record';
import type { Sum } from './money';
import { list, text } from './http';
import { decide, inState, taskAbout } from './money';
import type { Client } from './onboarding-chapter';
import { logIn, setPasswordByLetter } from './people';
import type { Report } from './report';
import type { Staff } from './staff';
import type { Person, World } from './world';

interface Network {
  readonly planSet: string;
  readonly root: string;
  readonly sub: string;
  readonly subEmail: string;
  readonly code: string;
}

export interface Networks {
  readonly cy: Network;
  readonly off: Network;
  /** Referral codes of the sub-partners. */
  readonly codes: { readonly cy: string; readonly off: string };
  readonly subPartnerEmail: string;
}

/** Two networks of two tiers, one at each entity, with plan sets of this run. */
export async function recruit(world: World, staff: Staff, report: Report): Promise<Networks> {
  report.chapter('Partners');
  const [cy, off] = await Promise.all([
    network(world, staff, 'cy', 'EUR'),
    network(world, staff, 'off', 'USD'),
  ]);
  report.step(
    'two networks of two tiers: a partner and a sub-partner at each entity, each with a log-in by mail',
    `referral codes ${cy.code}, ${off.code}`,
  );
  return { cy, off, codes: { cy: cy.code, off: off.code }, subPartnerEmail: cy.subEmail };
}

async function network(
  world: World,
  staff: Staff,
  entityId: string,
  currency: string,
): Promise<Network> {
  const planSet = text(
    await staff.partners.post('/api/v1/plan-sets', {
      entityId,
      name: `Demonstration ${world.run}`,
      currency,
    }),
    'id',
  );
  const root = await partner(world, staff, {
    alias: `root-${entityId}`,
    name: 'North Introducers',
    planSet,
  });
  const sub = await partner(world, staff, {
    alias: `sub-${entityId}`,
    name: 'Harbour Introducers',
    planSet,
    parentId: root.id,
  });
  const code = `${entityId}-${world.run}`;
  await sub.person.post(`/api/v1/partners/${sub.id}/links`, { code, name: 'Demonstration' });
  return { planSet, root: root.id, sub: sub.id, subEmail: sub.email, code };
}

async function partner(
  world: World,
  staff: Staff,
  {
    alias,
    name,
    planSet,
    parentId,
  }: { alias: string; name: string; planSet: string; parentId?: string },
): Promise<{ id: string; email: string; person: Person }> {
  const email = world.address(alias);
  const made = await staff.partners.post('/api/v1/partners', {
    name,
    email,
    planSet,
    ...(parentId ? { parentId } : {}),
  });
  await setPasswordByLetter(world, await world.mailbox.waitFor(email, 'confirm'));
  return { id: text(made, 'id'), email, person: await logIn(world, 'partner', email) };
}

/** Last month's trades become commission: claimed, computed, approved by another person, paid, explained. */
export async function settle(
  world: World,
  staff: Staff,
  report: Report,
  {
    network: networks,
    period,
    clients,
  }: { network: Networks; period: string; clients: { anna: Client; dora: Client } },
): Promise<string> {
  report.chapter(`Commission for ${period}`);
  const from = `${period}-01T00:00:00Z`;
  const claims = [
    { clientId: clients.anna.clientId, partnerId: networks.cy.sub },
    { clientId: clients.dora.clientId, partnerId: networks.off.sub },
  ];
  for (const claim of claims) {
    await staff.partners.post('/api/v1/attributions', {
      ...claim,
      from,
      reason: 'claimed within ten days',
    });
  }
  report.note(
    "the clients came through the sub-partners' links; for last month the claim is recorded with its reason",
  );
  const settled = await Promise.all([
    settleOne(staff, { alias: 'cy', network: networks.cy, period }),
    settleOne(staff, { alias: 'off', network: networks.off, period }),
  ]);
  for (const { alias, total, lines, resultHash, payouts } of settled) {
    report.step(
      `${alias}: ${total.amount} ${total.currency} computed from ${lines} explained lines, approved by another person, paid to wallets`,
      `computed again: the same hash ${resultHash.slice(0, 16)}…; ${payouts.length} payouts`,
    );
    report.record(`settlement.${alias}`, { total, lines, payouts });
  }
  const partnerPerson = await logIn(world, 'partner', networks.cy.subEmail);
  const seen = list(await partnerPerson.get('/api/v1/partner-payouts'), 'data');
  await world.mailbox.waitFor(networks.cy.subEmail, 'statement');
  report.step(
    'the sub-partner sees the own payout and got the statement by mail',
    `${seen.length} payout, ${sumOf(seen[0]?.['amount']).amount}`,
  );
  const [first] = settled;
  if (!first) throw new Error('nothing was settled');
  return first.id;
}

interface Settled {
  readonly alias: string;
  readonly id: string;
  readonly total: Sum;
  readonly lines: number;
  readonly resultHash: string;
  readonly payouts: readonly { readonly amount: unknown; readonly state: unknown }[];
}

function sumOf(value: unknown): Sum {
  if (!isRecord(value)) throw new Error(`the answer has no sum: ${JSON.stringify(value)}`);
  return { amount: text(value, 'amount'), currency: text(value, 'currency') };
}

async function settleOne(
  staff: Staff,
  { alias, network: of, period }: { alias: string; network: Network; period: string },
): Promise<Settled> {
  const started = await staff.partners.post('/api/v1/settlements', { planSet: of.planSet, period });
  const id = text(started, 'id');
  await inState(staff.finance1, `/api/v1/settlements/${id}`, ['in_review'], 120_000);
  const task = await taskAbout(staff.finance1, 'settlement_approval', id);
  await decide(staff.finance1, text(task, 'id'), 'approve', 'figures checked');
  const paid = await inState(staff.finance1, `/api/v1/settlements/${id}`, ['paid'], 120_000);
  const check = await staff.finance1.post(`/api/v1/settlements/${id}/check`);
  if (check['same'] !== true)
    throw new Error(`the settlement ${id} computed again has another hash`);
  const payouts = list(
    await staff.finance1.get(`/api/v1/partner-payouts?settlementId=${id}`),
    'data',
  );
  return {
    alias,
    id,
    total: sumOf(paid['total']),
    lines: Number(check['lines']),
    resultHash: text(check, 'resultHash'),
    payouts: payouts
      .map((payout) => ({ amount: payout['amount'], state: payout['state'] }))
      .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
  };
}
