import type { SqlRule } from './report';

/** A payment's row and the ledger tell the same story, whichever is read first. */
export const ledgerPaymentRules: readonly SqlRule[] = [
  {
    rule: 'a deposit that was credited is in the wallet once, any other is not',
    counted: 'select count(*) from deposit',
    breaches: `
      select d.id, d.state || ' over ' || d.amount_minor || ', wallet got ' || posted.amount || ' in '
        || posted.transactions || ' transactions'
      from deposit d cross join lateral (
        select coalesce(sum(e.amount), 0) as amount, count(distinct t.id) filter (where t.kind = 'deposit') as transactions
        from ledger_transaction t
        join ledger_entry e on e.transaction_id = t.id
        join ledger_account a on a.id = e.account_id and a.code = 'wallet' and a.client_id = d.client_id
          and a.entity_id = d.entity_id and a.currency = d.currency
        where t.cause = d.id and t.kind in ('deposit', 'reversal')) posted
      where posted.amount <> case when d.state = 'credited' then d.amount_minor else 0 end
        or (d.state = 'credited' and posted.transactions <> 1)`,
  },
  {
    // A message is a moment ahead of the process that it wakes.
    rule: 'every payment that a provider tells of is credited, held or returned, or people are asked about it',
    counted: `select count(*) from provider_event where type = 'payment_succeeded'`,
    breaches: `
      select e.id, e.normalised ->> 'providerRef' || ' paid ' || coalesce(d.id || ', which is ' || d.state, 'no deposit')
      from provider_event e left join lateral (
        select * from deposit where id = e.operation_id
          or (e.operation_id is null and provider = e.provider and provider_ref = e.normalised ->> 'providerRef') limit 1) d on true
      where e.type = 'payment_succeeded'
        and not (d.id is not null and (d.state = 'held'
          or (d.state in ('credited', 'returned') and d.provider_ref = e.normalised ->> 'providerRef')
          or (d.state in ('requested', 'awaiting_payment') and e.received_at > now() - interval '10 minutes')))
        and not exists (select 1 from task t
          where t.opened_key = 'unexpected_payment/' || e.provider || '/' || (e.normalised ->> 'providerRef'))`,
  },
  {
    rule: 'every posting of a deposit, payout, refund, chargeback or transfer has the payment it names',
    counted: `select count(*) from ledger_transaction
      where kind in ('deposit', 'payout', 'refund', 'chargeback', 'chargeback_fee', 'transfer_to_account', 'transfer_to_wallet')`,
    breaches: `
      select t.id, t.kind || ' for ' || t.cause || ', which is not there' from ledger_transaction t
      where (t.kind = 'deposit' and not exists (select 1 from deposit d where d.id = t.cause))
        or (t.kind = 'payout' and not exists (select 1 from withdrawal w where w.id = t.cause))
        or (t.kind = 'refund' and not exists (select 1 from deposit_refund f where f.id = t.cause))
        or (t.kind in ('chargeback', 'chargeback_fee') and not exists (select 1 from chargeback b where b.id = t.cause))
        or (t.kind in ('transfer_to_account', 'transfer_to_wallet')
          and not exists (select 1 from transfer r where r.id = t.cause and t.kind = 'transfer_' || r.direction))`,
  },
  {
    rule: 'a withdrawal has left the wallet by just the legs that were paid',
    counted: 'select count(*) from withdrawal',
    breaches: `
      select w.id, w.state || ' over ' || w.amount_minor || ', legs paid ' || legs.paid || ', wallet gave ' || -posted.amount
      from withdrawal w
      cross join lateral (select coalesce(sum(amount_minor) filter (where state = 'paid'), 0) as paid
        from withdrawal_leg l where l.withdrawal_id = w.id) legs
      cross join lateral (select coalesce(sum(e.amount), 0) as amount
        from ledger_transaction t
        join ledger_entry e on e.transaction_id = t.id
        join ledger_account a on a.id = e.account_id and a.code = 'wallet' and a.client_id = w.client_id
          and a.entity_id = w.entity_id and a.currency = w.currency
        where t.cause = w.id and t.kind in ('payout', 'reversal')) posted
      where legs.paid <> -posted.amount
        or (w.state = 'paid' and legs.paid <> w.amount_minor)
        or (w.state = 'partly_paid' and (legs.paid <= 0 or legs.paid >= w.amount_minor))
        or (w.state not in ('paid', 'partly_paid', 'paying') and legs.paid <> 0)`,
  },
  {
    rule: 'every leg that was paid is posted once, at its amount',
    counted: 'select count(*) from withdrawal_leg',
    breaches: `
      select l.withdrawal_id || ' leg ' || l.leg, l.state || ' over ' || l.amount_minor || ', posted ' || posted.amount
      from withdrawal_leg l cross join lateral (
        select coalesce(sum(e.amount), 0) as amount from ledger_transaction t
        join ledger_entry e on e.transaction_id = t.id
        join ledger_account a on a.id = e.account_id and a.code = 'psp_clearing' and a.owner = l.provider
        where t.key = 'payout/' || l.withdrawal_id || '/' || l.leg) posted
      where posted.amount <> case when l.state = 'paid' then l.amount_minor else 0 end`,
  },
  {
    rule: 'an unfinished withdrawal holds what is not paid yet, a finished one holds nothing',
    counted: 'select count(*) from withdrawal',
    breaches: `
      select w.id, w.state || ', hold ' || coalesce(h.state || ' with ' || h.remaining || ' left', 'missing')
      from withdrawal w left join ledger_hold h on h.id = w.hold_id
      where h.id is null
        or (w.state in ('paid', 'partly_paid', 'rejected', 'cancelled', 'failed') and h.state = 'held')
        or (w.state in ('requested', 'in_review', 'approved', 'paying') and h.remaining <> w.amount_minor - coalesce(
          (select sum(l.amount_minor) from withdrawal_leg l where l.withdrawal_id = w.id and l.state = 'paid'), 0))`,
  },
  {
    rule: 'a transfer that is done moved its amount once between the account and who pays or is paid, any other nothing',
    counted: 'select count(*) from transfer',
    breaches: `
      select r.id, r.state || ' ' || r.direction || ' (' || r.purpose || ') over ' || r.amount_minor || ', account got '
        || posted.trading || ', the other side ' || posted.other || ', all wallets ' || posted.wallet
      from transfer r cross join lateral (
        select coalesce(sum(e.amount) filter (where a.code = 'trading' and a.owner = r.account_id), 0) as trading,
          coalesce(sum(e.amount) filter (where case r.purpose when 'dormancy_fee' then a.code = 'fees'
            when 'negative_balance' then a.code = 'negative_balance'
            else a.code = 'wallet' and a.client_id = r.client_id end), 0) as other,
          coalesce(sum(e.amount) filter (where a.code = 'wallet'), 0) as wallet
        from ledger_transaction t
        join ledger_entry e on e.transaction_id = t.id
        join ledger_account a on a.id = e.account_id
        where t.cause = r.id
          and t.kind in ('transfer_to_account', 'transfer_to_wallet', 'dormancy_fee', 'negative_balance', 'reversal')) posted
      where posted.trading <> -posted.other
        or posted.wallet <> case when r.purpose in ('dormancy_fee', 'negative_balance') then 0 else posted.other end
        or posted.trading <> case when r.state <> 'done' then 0
          when r.direction = 'to_account' then r.amount_minor else -r.amount_minor end`,
  },
  {
    rule: 'an unfinished transfer to an account holds its amount, a finished one holds nothing',
    counted: 'select count(*) from transfer where hold_id is not null',
    breaches: `
      select r.id, r.state || ', hold ' || coalesce(h.state || ' with ' || h.remaining || ' left', 'missing')
      from transfer r left join ledger_hold h on h.id = r.hold_id
      where r.hold_id is not null and (h.id is null or (r.state in ('done', 'refused')) = (h.state = 'held')
        or (h.state = 'held' and h.remaining <> r.amount_minor))`,
  },
];
