/**
 * What people and providers said in their own words is kept as ciphertext: provider messages, answers to
 * commands, reasons and notes. Nothing was released with the columns that go; what development databases
 * have in them cannot be sealed by SQL and is dropped.
 * A provider's message belongs to the entity of the payment it is about.
 * Undo: add the columns back, their text is gone; drop policy visible on provider_event.
 */
export const sql = `
alter table provider_event
  drop column body,
  add column entity_id text,
  add column client_id text,
  add column body_ct text,
  add column instrument_ct text;
update provider_event e set normalised = normalised - 'instrument', entity_id = of.entity_id, client_id = of.client_id
  from (select id, entity_id, client_id from deposit union all select id, entity_id, client_id from intent) of
  where of.id = e.operation_id;
update provider_event set normalised = normalised - 'instrument' where operation_id is null;
alter table provider_event enable row level security;
create policy visible on provider_event using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

alter table idempotency drop column answer, add column answer_ct text;

-- A task keeps the codes of its decision, since processes go by them; the words stand in task_decision.
update task set reason = null where state = 'decided';
alter table task_decision
  drop column reason,
  drop column note,
  add column reason_ct text,
  add column note_ct text;

alter table restriction drop column reason, add column reason_ct text;
alter table halt drop column reason, add column reason_ct text;
alter table api_key drop column name, add column name_ct text;
`;
