import type { Database } from '../connection';
import { engineVersion } from '../settlement/engine-version';
import { inSnapshot } from '../snapshot';
import { checkRules, Proof, type ProofFault, type ProofResult, type SqlRule } from './report';
import { computedSettlements, recompute, type StandingSettlement } from './settlement-recompute';

/**
 * Proves that partners got what their deals earned: computed again, every settlement of this version of the engine gives
 * the same hash and the same lines (what another version computed is named); its lines sum to its payouts but for what is held, and its payouts are what the ledger paid.
 */
export async function proveSettlement(db: Database): Promise<ProofResult> {
  const proof = new Proof('settlement');
  const settlements = await inSnapshot(db, 'job:prove-settlement', async (tx) => {
    await checkRules(tx, proof, settlementRules);
    return computedSettlements(tx);
  });
  const faults: Omit<ProofFault, 'rule'>[] = [];
  const again = settlements.filter((of) => whyNotAgain(of) === undefined);
  for (const settlement of again) faults.push(...(await recompute(db, settlement)));
  proof.check(
    'a settlement computed again gives the same hash and the same lines',
    again.length,
    faults,
  );
  for (const settlement of settlements) {
    const { planSet, period, resultHash } = settlement;
    const why = whyNotAgain(settlement);
    const not = why === undefined ? '' : `, ${why}, not recomputed`;
    proof.note(`${planSet} ${period}: ${resultHash ?? 'no result'}${not}`);
  }
  return proof.result();
}

/** Why computing it again would prove nothing. */
function whyNotAgain(of: StandingSettlement): string | undefined {
  if (of.engineVersion !== engineVersion) return `computed by version ${of.engineVersion}`;
  return of.movedOn === null ? undefined : `computed before ${of.movedOn} was computed again`;
}

/** Settlements whose lines stand: computed, and not being computed again. */
const standing = `select * from settlement where state in ('in_review', 'approved', 'paying', 'paid')`;

const settlementRules: readonly SqlRule[] = [
  {
    rule: 'the lines of a settlement sum to its total',
    counted: `select count(*) from (${standing}) s`,
    breaches: `
      select s.id, 'says ' || coalesce(s.total_minor::text, 'nothing') || ', lines sum to ' || l.total
      from (${standing}) s cross join lateral (
        select coalesce(sum(amount_minor), 0) as total from settlement_line where settlement_id = s.id) l
      where s.total_minor is distinct from l.total`,
  },
  {
    rule: 'a partner’s payout is the sum of the partner’s lines and of what was carried over, released and adjusted, less what was clawed back and held',
    counted: `select count(*) from settlement_payout`,
    breaches: `
      select coalesce(o.id, s.id || ' ' || l.partner_id), 'pays ' || coalesce(o.amount_minor::text, 'nothing') || ' for '
        || coalesce(o.lines::text, 'no') || ' lines with ' || coalesce(o.carried_minor::text, 'nothing')
        || ' carried over, ' || coalesce(o.held_minor::text, 'nothing') || ' held, ' || coalesce(o.released_minor::text, 'nothing')
        || ' released and ' || coalesce(o.adjusted_minor::text, 'nothing') || ' adjusted, there are ' || coalesce(l.lines, 0) || ' lines that sum to ' || coalesce(l.total, 0)
      from (${standing}) s
      join lateral (
        select coalesce(x.partner_id, y.partner_id) as partner_id, x.lines, x.total, y.id as payout_id
        from (select partner_id, count(*) as lines, sum(amount_minor) as total from settlement_line
              where settlement_id = s.id group by partner_id) x
        full join (select id, partner_id from settlement_payout where settlement_id = s.id) y on y.partner_id = x.partner_id
      ) l on true
      left join settlement_payout o on o.id = l.payout_id
      where (o.id is null and coalesce(l.total, 0) <> 0)
        or (o.id is not null and (o.amount_minor <> coalesce(l.total, 0) + o.carried_minor - o.clawed_back_minor - o.held_minor + o.released_minor + o.adjusted_minor or o.lines <> coalesce(l.lines, 0)))`,
  },
  {
    rule: 'a payout leaves out what its settlement holds, and adds what was released into it',
    counted: `select count(*) from settlement_payout where held_minor <> 0 or released_minor <> 0`,
    breaches: `
      select coalesce(o.id, w.settlement_id || ' ' || w.partner_id), 'leaves out ' || coalesce(o.held_minor, 0) || ' and adds '
        || coalesce(o.released_minor, 0) || ', holds come to ' || coalesce(w.held, 0) || ' and ' || coalesce(w.released, 0)
      from (select o.* from settlement_payout o join (${standing}) s on s.id = o.settlement_id) o
      full join (
        select settlement_id, partner_id, sum(held) as held, sum(released) as released from (
          select h.settlement_id, p.partner_id, p.held_minor as held, 0 as released
          from settlement_hold h join settlement_hold_part p on p.hold_id = h.id where h.state <> 'closed'
          union all
          select h.taken_into, p.partner_id, 0, p.held_minor
          from settlement_hold h join settlement_hold_part p on p.hold_id = h.id where h.taken_into is not null and h.state = 'released'
        ) both_ways group by 1, 2
      ) w on w.settlement_id = o.settlement_id and w.partner_id = o.partner_id
      where (coalesce(o.held_minor, 0), coalesce(o.released_minor, 0)) is distinct from (coalesce(w.held, 0), coalesce(w.released, 0))`,
  },
  {
    rule: 'a payout adds the adjustments that its settlement took in, each of its own plan set',
    counted: `select count(*) from partner_adjustment`,
    breaches: `
      select coalesce(o.id, a.taken_into || ' ' || a.partner_id), 'adjusts ' || coalesce(o.adjusted_minor, 0) || ', adjustments come to '
        || coalesce(a.minor, 0)
      from (select o.* from settlement_payout o join (${standing}) s on s.id = o.settlement_id) o
      full join (select taken_into, partner_id, sum(amount_minor) as minor from partner_adjustment where taken_into is not null group by 1, 2) a
        on a.taken_into = o.settlement_id and a.partner_id = o.partner_id
      where coalesce(o.adjusted_minor, 0) <> coalesce(a.minor, 0)
      union all
      select a.id, 'is of ' || a.plan_set || ', and taken into ' || s.id || ' of ' || s.plan_set
      from partner_adjustment a join settlement s on s.id = a.taken_into where s.plan_set <> a.plan_set`,
  },
  {
    rule: 'an adjustment that is approved was approved by another person than proposed it',
    counted: `select count(*) from partner_adjustment where state = 'approved'`,
    breaches: `
      select a.id, 'was proposed by ' || a.proposed_by || ' and approved by ' || coalesce(d.by, 'nobody') from partner_adjustment a
      cross join lateral (
        select string_agg(d.user_id, ' and ' order by d.at) as by, bool_or(d.user_id = a.proposed_by) as own
        from task t join task_decision d on d.task_id = t.id and d.decision = 'approve' and d.voided_at is null
        where t.kind = 'partner_adjustment' and t.subject = a.id) d
      where a.state = 'approved' and (d.by is null or d.own)`,
  },
  {
    rule: 'a hold is kept back of lines that earn so much, is taken in by one settlement of its plan set, and ends with a rejected one',
    counted: `select count(*) from settlement_hold`,
    breaches: `
      select h.id, case
          when s.state = 'rejected' and h.state <> 'closed' then 'is ' || h.state || ', its settlement ' || s.id || ' is rejected'
          when t.plan_set <> s.plan_set then 'is taken into ' || t.id || ' of another plan set'
          when t.state = 'rejected' then 'is taken into ' || t.id || ', which is rejected'
          else 'is of ' || p.partner_id || ' over ' || p.lines_minor || ', the lines sum to ' || l.total end
      from settlement_hold h join settlement s on s.id = h.settlement_id
      join settlement_hold_part p on p.hold_id = h.id
      left join settlement t on t.id = h.taken_into
      cross join lateral (select coalesce(sum(amount_minor), 0) as total from settlement_line
        where settlement_id = s.id and client_id = h.client_id and partner_id = p.partner_id) l
      where (s.state = 'rejected' and h.state <> 'closed') or t.plan_set <> s.plan_set or t.state = 'rejected'
        or (h.state <> 'closed' and l.total <> p.lines_minor)`,
  },
  {
    rule: 'a payout that is paid is in the ledger once at its amount, any other is not',
    counted: `select count(*) from settlement_payout`,
    breaches: `
      select o.id, o.state || ' over ' || o.amount_minor || ' ' || o.currency || ', the ledger paid ' || p.amount
      from settlement_payout o cross join lateral (
        select coalesce(sum(e.amount) filter (where e.amount > 0), 0) as amount
        from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
        where t.id = o.transaction_id and t.kind = 'partner_payout' and t.entity_id = o.entity_id
          and e.currency = o.currency) p
      where p.amount <> case when o.state = 'paid' then o.amount_minor else 0 end
        or (o.state <> 'paid' and o.transaction_id is not null)`,
  },
  {
    rule: 'every payment to a partner has the payout it was made for',
    counted: `select count(*) from ledger_transaction where kind = 'partner_payout'`,
    breaches: `
      select t.id, 'paid for ' || t.cause || ', which is no paid payout' from ledger_transaction t
      where t.kind = 'partner_payout' and not exists (
          select 1 from settlement_payout o where o.transaction_id = t.id and o.state = 'paid')
        and not exists (select 1 from ledger_transaction r where r.reverses_id = t.id)`,
  },
  {
    rule: 'no moment of a plan set is settled twice, whatever its schedule became',
    counted: `select count(*) from settlement`,
    breaches: `
      select s.id, 'of ' || s.period || ' shares time with ' || o.id || ' of ' || o.period
      from settlement s join settlement o on o.plan_set = s.plan_set and o.id > s.id and o.from_at < s.to_at and o.to_at > s.from_at`,
  },
  {
    rule: 'no deal earns a partner twice',
    counted: `select count(*) from settlement_line`,
    breaches: `
      select l.server_id || ' deals ' || array_to_string(l.tickets, '+') || ' for ' || l.partner_id,
        'earn at tier ' || l.tier || ' in ' || string_agg(distinct s.id, ', ')
      from settlement_line l join settlement s on s.id = l.settlement_id
      where s.state <> 'rejected' and l.amount_minor <> 0 and l.event in ('open', 'close')
      group by s.plan_set, l.server_id, l.tickets, l.partner_id, l.tier, l.event, l.component having count(*) > 1`,
  },
  {
    rule: 'no client earns a partner a CPA twice',
    counted: `select count(*) from settlement_line where component = 'cpa' and event = 'period'`,
    breaches: `
      select l.client_id || ' for ' || l.partner_id, 'earns a CPA at tier ' || l.tier || ' in ' || string_agg(distinct s.id, ', ')
      from settlement_line l join settlement s on s.id = l.settlement_id
      where s.state <> 'rejected' and l.amount_minor > 0 and l.event = 'period' and l.component = 'cpa'
      group by s.plan_set, l.client_id, l.partner_id, l.tier having count(*) > 1`,
  },
  {
    rule: 'a settlement that is paid has nothing left to pay, a rejected one paid nothing',
    counted: `select count(*) from settlement where state in ('paid', 'rejected')`,
    breaches: `
      select o.id, 'is ' || o.state || ', its settlement ' || s.id || ' is ' || s.state
      from settlement s join settlement_payout o on o.settlement_id = s.id
      where (s.state = 'paid' and o.state in ('computed', 'paying', 'failed'))
        or (s.state = 'rejected' and o.state in ('paying', 'paid'))`,
  },
];
