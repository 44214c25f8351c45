/**
 * Self-billing: what is agreed with a partner about it, the entity's own tax number, and the invoices and credit notes that are
 * written in partners' names when commission is paid.
 * Undo: drop the tables.
 */
export const sql = `
create table entity_tax (
  entity_id text primary key references entity,
  tax_number text not null,
  version int not null default 1
);
grant select, insert, update on entity_tax to keelson_app;
alter table entity_tax enable row level security;
create policy visible on entity_tax using (may_see_staff(entity_id)) with check (scope_kind() = 'system');

create table partner_billing (
  partner_id text not null references partner,
  version int not null check (version > 0),
  entity_id text not null references entity,
  treatment text not null check (treatment in ('reverse_charge', 'exempt', 'not_registered')),
  -- Legal name, address, tax number, why it is exempt, and which wording of the agreement: under the partner's key.
  details_ct text not null,
  agreed_on date not null,
  -- From this day on nothing is written in the partner's name.
  ended_on date check (ended_on >= agreed_on),
  actor text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (partner_id, version)
);
grant select, insert on partner_billing to keelson_app;
alter table partner_billing enable row level security;
create policy visible on partner_billing using (may_see_partner(entity_id, partner_id)) with check (scope_kind() = 'system');
create trigger append_only before update or delete on partner_billing for each row execute function refuse_change();
alter table partner_billing enable always trigger append_only;

create table partner_invoice (
  id text primary key,
  entity_id text not null references entity,
  partner_id text not null references partner,
  payout_id text not null references settlement_payout,
  -- What the credit note corrects; an invoice corrects nothing.
  corrects text references partner_invoice,
  year int not null,
  sequence int not null check (sequence > 0),
  number text not null,
  issued_on date not null,
  period text not null,
  -- The settlements whose commission it is about.
  settlements text[] not null,
  billing_version int not null,
  treatment text not null,
  -- As it was that day: the seller under the partner's key, the buyer in clear.
  seller_ct text not null,
  buyer jsonb not null,
  lines jsonb not null check (jsonb_typeof(lines) = 'array' and jsonb_array_length(lines) > 0),
  currency text not null,
  net_minor numeric(38, 0) not null check (net_minor > 0),
  vat_percent numeric(5, 2) not null default 0 check (vat_percent >= 0),
  vat_minor numeric(38, 0) not null default 0 check (vat_minor >= 0),
  gross_minor numeric(38, 0) not null check (gross_minor = net_minor + vat_minor),
  created_at timestamptz not null default clock_timestamp(),
  foreign key (partner_id, billing_version) references partner_billing (partner_id, version),
  unique (partner_id, year, sequence)
);
create unique index partner_invoice_of_payout on partner_invoice (payout_id) where corrects is null;
create unique index partner_invoice_corrects on partner_invoice (corrects, payout_id) where corrects is not null;
create index partner_invoice_list on partner_invoice (entity_id, id);
create index partner_invoice_partner on partner_invoice (partner_id, id);
grant select, insert on partner_invoice to keelson_app;
alter table partner_invoice enable row level security;
create policy visible on partner_invoice using (may_see_partner(entity_id, partner_id)) with check (scope_kind() = 'system');
create trigger append_only before update or delete on partner_invoice for each row execute function refuse_change();
alter table partner_invoice enable always trigger append_only;

-- The last number of a partner's year: locked until the transaction ends, so that none is left out.
create table partner_invoice_series (
  partner_id text not null references partner,
  year int not null,
  entity_id text not null references entity,
  last int not null check (last > 0),
  primary key (partner_id, year)
);
grant select, insert, update on partner_invoice_series to keelson_app;
alter table partner_invoice_series enable row level security;
create policy visible on partner_invoice_series using (may_see_partner(entity_id, partner_id)) with check (scope_kind() = 'system');
`;
