import type { SqlRule } from './report';

/** What was posted to unallocated money, by what it is about: a receipt, or a deposit that is held. */
const kept = `
  select coalesce(r.id, t.cause) as thing, a.entity_id, a.currency, sum(e.amount) as amount
  from ledger_entry e join ledger_account a on a.id = e.account_id and a.code = 'unallocated'
  join ledger_transaction t on t.id = e.transaction_id
  left join receipt r on r.deposit_id = t.cause
  group by 1, 2, 3`;

/** Money that has arrived and waits: for people, for its deposit's process, or to be back at its payer. */
const waiting = `
  select r.id as thing, r.entity_id, r.currency, r.amount_minor as amount
  from receipt r left join deposit d on d.id = r.deposit_id
  where r.state in ('unallocated', 'returning') or (r.state = 'allocated' and d.state <> 'credited')
  union all
  select d.id, d.entity_id, e.currency, e.amount from deposit d
  join ledger_transaction t on t.key = 'deposit_held/' || d.id
  join ledger_entry e on e.transaction_id = t.id and e.amount > 0
  where d.state = 'held'`;

/** Money of nobody is in the books for as long as it waits, and no longer. */
export const receiptRules: readonly SqlRule[] = [
  {
    rule: 'what is unallocated is just the receipts and held deposits that wait',
    counted:
      "select (select count(*) from receipt) + (select count(*) from deposit where state = 'held')",
    breaches: `
      select coalesce(k.thing, w.thing), 'unallocated holds ' || coalesce(k.amount, 0) || ' ' || coalesce(k.currency, w.currency)
        || ', ' || coalesce(w.amount, 0) || ' waits'
      from (${kept}) k full join (${waiting}) w
        on w.thing = k.thing and w.entity_id = k.entity_id and w.currency = k.currency
      where coalesce(k.amount, 0) <> coalesce(w.amount, 0)`,
  },
  {
    rule: 'every receipt was booked once, at its amount',
    counted: 'select count(*) from receipt',
    breaches: `
      select r.id, 'over ' || r.amount_minor || ', booked ' || booked.amount
      from receipt r cross join lateral (select coalesce(sum(e.amount), 0) as amount from ledger_transaction t
        join ledger_entry e on e.transaction_id = t.id
        join ledger_account a on a.id = e.account_id and a.code = 'psp_clearing' and a.owner = 'bank'
          and a.entity_id = r.entity_id and a.currency = r.currency
        where t.key = 'receipt/' || r.id) booked
      where booked.amount <> -r.amount_minor`,
  },
];
