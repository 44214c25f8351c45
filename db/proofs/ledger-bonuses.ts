import type { SqlRule } from './report';

/** Bonuses are memos: they stand in the books as they say, and never beside money. */
export const bonusRules: readonly SqlRule[] = [
  {
    rule: 'a bonus stands in the books with what was given less what is gone',
    counted: 'select count(*) from bonus',
    breaches: `
      select b.id, b.state || ', ' || b.amount_minor || ' less ' || b.removed_minor || ', books say ' || posted.credit
      from bonus b cross join lateral (
        select coalesce(sum(e.amount) filter (where a.code = 'bonus_credit' and a.owner = b.account_id), 0) as credit
        from ledger_transaction t join ledger_entry e on e.transaction_id = t.id join ledger_account a on a.id = e.account_id
        where t.cause = b.id) posted
      where posted.credit <> case when b.granted_at is null then 0 else b.amount_minor - b.removed_minor end`,
  },
  {
    rule: 'a bonus is gone by just the steps that took it back, or was let go',
    counted: 'select count(*) from bonus where granted_at is not null',
    breaches: `
      select b.id, 'lost ' || b.removed_minor || ', steps say ' || said.minor
      from bonus b cross join lateral (select coalesce(sum(s.amount_minor), 0) as minor from bonus_step s
        where s.bonus_id = b.id and s.kind = 'removal' and s.state = 'done') said
      where b.granted_at is not null and b.removed_minor <> said.minor
        and not exists (select 1 from ledger_transaction t where t.key = 'bonus/' || b.id || '/let_go')`,
  },
  {
    rule: 'no money stands beside a memo',
    counted: `select count(*) from ledger_account where side = 'memo'`,
    breaches: `
      select t.id, t.kind || ' moves memo and money' from ledger_transaction t
      join ledger_entry e on e.transaction_id = t.id join ledger_account a on a.id = e.account_id
      group by t.id having bool_or(a.side = 'memo') and not bool_and(a.side = 'memo')`,
  },
];
