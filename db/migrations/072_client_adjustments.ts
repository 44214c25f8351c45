/**
 * What a client brought in and cost, by the settlement whose period it is about: what an adjustment moved of a closed period
 * stands apart from the settlement's own.
 * Undo: sum the rows of a settlement and client into one; drop the column; restore the key of 061.
 */
export const sql = `
alter table settlement_client add column of_settlement text references settlement;
update settlement_client set of_settlement = settlement_id;
alter table settlement_client
  alter column of_settlement set not null,
  drop constraint settlement_client_pkey,
  add primary key (settlement_id, of_settlement, client_id);

-- What adjustments paid was counted as the settlement's own.
with moved as (
  insert into settlement_client (settlement_id, of_settlement, entity_id, client_id, revenue_minor, paid_minor)
  select l.settlement_id, l.adjusts, l.entity_id, l.client_id, 0, sum(l.amount_minor) from settlement_line l
  where l.adjusts is not null and l.client_id is not null
    and exists (select 1 from settlement_client c where c.settlement_id = l.settlement_id and c.client_id = l.client_id)
  group by 1, 2, 3, 4 returning settlement_id, client_id, paid_minor
)
update settlement_client c set paid_minor = c.paid_minor - m.paid
from (select settlement_id, client_id, sum(paid_minor) as paid from moved group by 1, 2) m
where c.settlement_id = m.settlement_id and c.of_settlement = c.settlement_id and c.client_id = m.client_id;
`;
