import type { SqlRule } from './report';

/** What goes back of deposits, by us or by the payer's bank, and what of it clients owe. */
export const ledgerBackwardRules: readonly SqlRule[] = [
  {
    rule: 'a deposit is refunded by just the legs and refunds that give it back',
    counted: 'select count(*) from deposit',
    breaches: `
      select d.id, 'refunded ' || d.refunded_minor || ' and refunding ' || d.refunding_minor || ', legs and refunds say '
        || back.refunded || ' and ' || back.refunding
      from deposit d cross join lateral (
        select coalesce(sum(amount_minor) filter (where state = 'paid'), 0) as refunded,
          coalesce(sum(amount_minor) filter (where state not in ('paid', 'refused', 'cancelled')), 0) as refunding
        from (select l.amount_minor, l.state from withdrawal_leg l where l.deposit_id = d.id
          union all select f.amount_minor, f.state from deposit_refund f where f.deposit_id = d.id) x) back
      where d.refunded_minor <> back.refunded or d.refunding_minor <> back.refunding`,
  },
  {
    rule: 'a refund that was paid left the wallet once for its provider, any other did not',
    counted: 'select count(*) from deposit_refund',
    breaches: `
      select f.id, f.state || ' over ' || f.amount_minor || ', wallet gave ' || -posted.wallet || ', ' || f.provider || ' '
        || posted.clearing
      from deposit_refund f cross join lateral (
        select coalesce(sum(e.amount) filter (where a.code = 'wallet' and a.client_id = f.client_id), 0) as wallet,
          coalesce(sum(e.amount) filter (where a.code = 'psp_clearing' and a.owner = f.provider), 0) as clearing
        from ledger_transaction t join ledger_entry e on e.transaction_id = t.id join ledger_account a on a.id = e.account_id
        where t.cause = f.id and t.kind in ('refund', 'reversal')) posted
      where posted.clearing <> -posted.wallet
        or posted.clearing <> case when f.state = 'paid' then f.amount_minor else 0 end`,
  },
  {
    rule: 'an unfinished refund holds its amount, a finished one holds nothing',
    counted: 'select count(*) from deposit_refund',
    breaches: `
      select f.id, f.state || ', hold ' || coalesce(h.state || ' with ' || h.remaining || ' left', 'missing')
      from deposit_refund f left join ledger_hold h on h.id = f.hold_id
      where h.id is null or (f.finished_at is null) <> (h.state = 'held')
        or (h.state = 'held' and h.remaining <> f.amount_minor)`,
  },
  {
    rule: 'a chargeback has taken from the wallet and is owed just what it says, and its provider has both and what was written off',
    counted: 'select count(*) from chargeback',
    breaches: `
      select b.id, b.state || ', took ' || b.taken_minor || ' and is owed ' || b.owed_minor || ', books say ' || -posted.wallet
        || ' and ' || -posted.receivable || ', ' || b.provider || ' ' || posted.clearing
      from chargeback b cross join lateral (
        select coalesce(sum(e.amount) filter (where a.code = 'wallet' and a.client_id = b.client_id), 0) as wallet,
          coalesce(sum(e.amount) filter (where a.code = 'receivable' and a.owner = b.client_id), 0) as receivable,
          coalesce(sum(e.amount) filter (where a.code = 'psp_clearing' and a.owner = b.provider), 0) as clearing
        from ledger_transaction t join ledger_entry e on e.transaction_id = t.id join ledger_account a on a.id = e.account_id
        where t.cause = b.id and t.kind in ('chargeback', 'reversal')) posted
      where posted.wallet <> -b.taken_minor or posted.receivable <> -b.owed_minor
        or posted.clearing <> b.taken_minor + b.owed_minor + b.written_off_minor`,
  },
  {
    rule: 'what a client owes is what the chargebacks of that client say, and never less than nothing',
    counted: `select count(*) from ledger_account where code = 'receivable'`,
    breaches: `
      select a.id, 'stands at ' || booked.balance || ', chargebacks say ' || -owed.minor
      from ledger_account a
      cross join lateral (select coalesce(sum(e.amount), 0) as balance from ledger_entry e where e.account_id = a.id) booked
      cross join lateral (select coalesce(sum(b.owed_minor), 0) as minor from chargeback b
        where b.client_id = a.owner and b.entity_id = a.entity_id and b.currency = a.currency) owed
      where a.code = 'receivable' and (booked.balance <> -owed.minor or booked.balance > 0)`,
  },
  {
    rule: 'a deposit is charged back by just its chargebacks',
    counted: 'select count(*) from deposit',
    breaches: `
      select d.id, 'charged back ' || d.charged_back_minor || ', chargebacks say ' || said.minor
      from deposit d cross join lateral (select coalesce(sum(b.taken_minor + b.owed_minor + b.written_off_minor), 0) as minor from chargeback b
        where b.deposit_id = d.id) said
      where d.charged_back_minor <> said.minor`,
  },
];
