import type { PartnerPlan } from '../../domain/partners/plan';
import { parsePartnerPlan } from '../../domain/partners/plan.schema';
import { type NoLineReason, reasonText } from '../../domain/partners/reason';
import { notFound } from '../../domain/problem';
import { asSystem, rows, utc, type Tx } from '../connection';
import { effectivePolicy } from '../policies';
import { linesOfTicket, type SettlementLine } from './lines';

/** Why a deal brought what it did, or nothing. */
export interface DealAnswer {
  readonly serverId: string;
  readonly ticket: string;
  readonly closedAt: string;
  /** The lines that name it; then `code` is the reason of the first. */
  readonly lines: readonly SettlementLine[];
  readonly code: string;
  readonly text: string;
}

interface DealRow {
  readonly time: string;
  readonly kind: string;
  readonly entry: string | null;
  readonly entity_id: string | null;
  readonly client_id: string | null;
  readonly partner_id: string | null;
  readonly plan_set: string | null;
  readonly settlement: string | null;
  readonly computed: boolean;
}

/**
 * Answers "why is this deal not paid?" (and why it is) by ticket. A partner may ask about deals of clients in
 * the own network. Throws `not_found` (404).
 */
export async function whyNotPaid(
  tx: Tx,
  { serverId, ticket }: { serverId: string; ticket: string },
): Promise<DealAnswer> {
  if (!/^\d{1,18}$/.test(ticket)) throw notFound('deal');
  const [deal] = await asSystem(tx, (system) =>
    rows<DealRow>(
      system,
      `select d.time, d.kind, d.entry, d.entity_id, d.client_id, p.id as partner_id, p.plan_set, s.id as settlement,
         coalesce(s.run > 0, false) as computed
       from deal d
       left join attribution a on a.client_id = d.client_id and a.from_at <= d.time and (a.to_at is null or d.time < a.to_at)
       left join partner p on p.id = a.partner_id
       left join settlement s on s.plan_set = p.plan_set and s.from_at <= d.time and d.time < s.to_at
       where d.server_id = :serverId and d.ticket = :ticket::bigint limit 1`,
      { serverId, ticket },
    ),
  );
  if (!deal || !maySee(tx, deal)) throw notFound('deal');
  const lines = await linesOfTicket(tx, { serverId, ticket });
  const code = lines[0]?.reason ?? withoutLine(deal, await paidOn(tx, deal));
  return { serverId, ticket, closedAt: utc(deal.time), lines, code, text: reasonText(code) };
}

function maySee({ scope }: Tx, deal: DealRow): boolean {
  switch (scope.kind) {
    case 'system':
      return true;
    case 'staff':
      return deal.entity_id !== null && scope.entities.includes(deal.entity_id);
    case 'partner':
      return deal.partner_id !== null && scope.partners.includes(deal.partner_id);
    case 'client':
      return false;
  }
}

/** When the plan of that moment paid; nothing where nobody would have been paid. */
async function paidOn(tx: Tx, deal: DealRow): Promise<PartnerPlan['payOn'] | undefined> {
  const { entity_id: entityId, partner_id: partnerId } = deal;
  if (entityId === null || partnerId === null) return undefined;
  const { compiled } = await asSystem(tx, (system) =>
    effectivePolicy(system, 'partner.plan', { entityId, at: utc(deal.time) }),
  );
  return parsePartnerPlan(compiled.effective.parameters.plan).payOn;
}

function withoutLine(deal: DealRow, payOn: PartnerPlan['payOn'] | undefined): NoLineReason {
  if (deal.kind !== 'trade' && deal.kind !== 'cancelled') return 'NOT_A_TRADE';
  if (deal.entry === 'in' && (payOn ?? 'close') === 'close') return 'PAYS_ON_CLOSE';
  if (deal.partner_id === null) return 'NO_PARTNER';
  if (deal.entry !== 'in' && deal.entry !== 'reverse' && payOn === 'open') return 'PAYS_ON_OPEN';
  return deal.computed ? 'CAME_LATE' : 'NOT_SETTLED_YET';
}
