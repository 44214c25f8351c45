import { setStage, type Stage } from '../../tests/api/actors';
import type { Holdings } from '../../tests/api/holdings';
import { permissionsOf, roles } from '../../domain/access/roles';
import type { StaffScope } from '../../domain/access/scope';
import { newId } from '../../domain/ids';
import { inScope, rows, type Tx } from '../connection';
import { appendEvents } from '../events';
import { closePeriod } from '../ledger-periods';
import { holderOf } from '../parties';
import { encryptFor } from '../personal-data';
import { foreignIn, proveAccess } from './access';
import { ask, isNothing, storeReaders, type Answer, type StoreReader } from './access-readers';
import { scopesToTry, type TriedScope } from './access-scopes';

/** Whoever sees all that any colleague may see. */
const everything: StaffScope = {
  kind: 'staff',
  actor: 'user:usr_everything',
  userId: 'usr_everything',
  entities: ['cy', 'off'],
  roles: [...roles],
  permissions: permissionsOf(roles),
  restricted: true,
};

/** What nobody of the stage has had to do with yet, made for one of its clients. */
async function makeTheRest(tx: Tx, { entityId, client, ids }: Holdings): Promise<void> {
  const { clientId } = client;
  const party = await holderOf(tx, clientId);
  const bound = {
    ...ids,
    ...{ entityId, clientId, party: party.id },
    screening: newId('screening'),
    identityCheck: newId('identityCheck'),
    list: `list-of-${entityId}-${clientId.slice(-12)}`,
    listVersion: newId('listVersion'),
    rescreening: newId('rescreening'),
    intent: newId('intent'),
    inFlight: newId('intent'),
    restriction: newId('restriction'),
    tracing: newId('tracing'),
    owed: newId('chargeback'),
    candidates: await encryptFor(tx, party.id, 'screening.candidates', '[{}]'),
    zone: await encryptFor(
      tx,
      ids['party'] ?? party.id,
      `document.zone/${ids['document'] ?? ''}`,
      'P<',
    ),
    instrument: await encryptFor(tx, clientId, 'provider.instrument', '{}'),
    parties: await encryptFor(tx, clientId, 'travel_rule.parties', '{}'),
    reason: await encryptFor(tx, clientId, 'account.reason', 'because'),
    filter: newId('savedFilter'),
    filterName: await encryptFor(tx, ids['user'] ?? '', 'saved_filter.name', 'ours'),
    filterQuery: await encryptFor(tx, ids['user'] ?? '', 'saved_filter.query', 'state=held'),
  };
  for (const statement of [
    `insert into screening_result (id, party_id, client_id, entity_id, list_name, list_version, algorithm, thresholds, data_hash, verdict,
       candidates_ct, case_id, best_score)
     values (:screening, :party, :clientId, :entityId, 'l', '1', '1', '{}', '-', 'possible', :candidates, :kycCase, 0)`,
    `insert into identity_check (id, case_id, client_id, party_id, entity_id, provider, step, level, round, documents, due_at)
     values (:identityCheck, :kycCase, :clientId, :party, :entityId, 'sumsub', 'identity', 'x', 1, '{}', now())`,
    `insert into document_reading (document_id, client_id, entity_id, reader, zone_ct)
     values (:document, :clientId, :entityId, 'tesseract', :zone)`,
    `insert into sanction_list (id, name, invented) values (:list, :list, false)`,
    `insert into sanction_list_version (id, list_id, number, published_on, file_hash, content_hash, files, entries, added, changed, removed,
       loaded_by)
     values (:listVersion, :list, 1, '2026-01-01', '-', '-', '[]', 1, 1, 0, 0, 'os:test')`,
    `insert into rescreening (id, version_id, parties, until_party) values (:rescreening, :listVersion, 1, :party)`,
    `insert into rescreening_match (rescreening_id, party_id, client_id, entity_id, outcome, screening_id)
     values (:rescreening, :party, :clientId, :entityId, 'opened', :screening)`,
    `insert into compliance_calendar (client_id, entity_id, reviewed_at) values (:clientId, :entityId, now())`,
    `insert into compliance_step (client_id, entity_id, key, kind) values (:clientId, :entityId, 'notice/x', 'notice')`,
    `insert into restriction (id, entity_id, client_id, account_id, kind, scopes, set_by)
     values (:restriction, :entityId, :clientId, :account, 'manual_review', '{trade}', 'usr_1')`,
    `insert into account_reading (account_id, entity_id, client_id, group_name, leverage, currency, balance_minor, credit_minor,
       equity_minor, margin_minor, margin_free_minor, open_positions)
     values (:account, :entityId, :clientId, 'real', 30, 'EUR', 0, 0, 0, 0, 0, 0)`,
    `insert into tracing (id, account_id, entity_id, client_id, made_by, means)
     values (:tracing, :account, :entityId, :clientId, 'usr_1', 'mail')`,
    `insert into saved_filter (id, list, user_id, entity_id, name_ct, query_ct)
     values (:filter, 'payments', :user, :entityId, :filterName, :filterQuery)`,
    `update account_request set reason_ct = :reason where id = :accountRequest`,
    `update receipt set state = 'allocated', deposit_id = :deposit, client_id = :clientId where id = :receipt`,
    `insert into chargeback (id, deposit_id, entity_id, client_id, provider, dispute_ref, amount_minor, currency, reason, state, told,
       told_at, taken_minor, owed_minor)
     values (:owed, :deposit, :entityId, :clientId, 'stripe', :owed, 100, 'EUR', 'fraudulent', 'lost', 'lost', now(), 0, 100)`,
    `insert into withdrawal_leg (withdrawal_id, leg, entity_id, client_id, kind, deposit_id, amount_minor, currency, provider, state)
     values (:withdrawal, 1, :entityId, :clientId, 'card_refund', :deposit, 1, 'EUR', 'stripe', 'planned')`,
    `insert into intent (id, workflow_id, step, kind, target, entity_id, client_id, state)
     values (:intent, 'withdrawal/' || :withdrawal, 'x', 'refund', 'stripe', :entityId, :clientId, 'done')`,
    `insert into intent (id, workflow_id, step, kind, target, entity_id, client_id, state)
     values (:inFlight, 'transfer/' || :transfer, 'x', 'balance_operation', 'mt5', :entityId, :clientId, 'planned')`,
    `insert into chain_key (key_id) values (:deposit)`,
    `insert into chain_address (operation_id, provider, address, key_id, derivation_index, entity_id, client_id, amount_minor, currency,
       from_block, unread_block)
     values (:deposit, 'chain', :deposit, :deposit, 0, :entityId, :clientId, 1, 'USDT', 0, 0)`,
    `insert into travel_rule_transfer (payment_id, leg, direction, entity_id, client_id, amount_minor, currency, network, parties_ct)
     values (:deposit, 0, 'in', :entityId, :clientId, 1, 'USDT', 'ethereum', :parties)`,
    `update provider_event set instrument_ct = :instrument where id = :providerEvent`,
    `insert into task_decision (task_id, user_id, decision, content_hash, task_version) values (:task, 'usr_1', 'approve', '-', 1)`,
    `insert into feed_check (server_id, login, account_id, entity_id, client_id, state, checked_at, differs_since)
     select server_id, login, id, entity_id, client_id, 'differs', now(), now() from trading_account where id = :account
     on conflict (server_id, login) do update set state = 'differs', checked_at = now(), differs_since = now()`,
    ...['accepted', 'waiting'].map(
      (code) =>
        `insert into agreement_version (id, entity_id, code, version, texts, reaccept, grace_days, effective_from, state, requested_by, published_by, finished_at)
         values ('agr_' || :entityId || '_${code}', :entityId, '${code}', 1, '[{"locale":"en","title":"-","body":"-","hash":"-"}]', true, 0, now() - interval '1 day',
           'published', 'user:a', 'user:b', now()) on conflict (id) do nothing`,
    ),
    `insert into agreement_acceptance (client_id, version_id, entity_id, locale, hash, accepted_by)
     values (:clientId, 'agr_' || :entityId || '_accepted', :entityId, 'en', '-', 'user:c')`,
  ]) {
    await rows(tx, statement, bound);
  }
  await appendEvents(tx, [
    {
      ...{ subject: ids['withdrawal'] ?? '', type: 'withdrawal.edited', entityId, clientId },
      payload: {
        ...{ amount: '1.00', amountBefore: '2.00', currency: 'EUR' },
        ...{ bankAccount: null, bankAccountBefore: null },
      },
      personal: { personId: clientId, data: { reason: 'because' } },
    },
  ]);
}

let stage: Stage;
let scopes: readonly TriedScope[];
beforeAll(async () => {
  stage = await setStage();
  for (const holder of stage.holdings) await stage.api.system((tx) => makeTheRest(tx, holder));
  for (const entityId of ['cy', 'off']) {
    const endsAt = '2020-01-01T00:00:00Z';
    await stage.api.system((tx) => closePeriod(tx, { entityId, endsAt }));
  }
  scopes = await stage.api.system((tx) =>
    scopesToTry(tx, { clientsPerEntity: 2, partnersPerEntity: 2 }),
  );
}, 180_000);
afterAll(() => stage.api.close());

/** What the reader answers about everything, or about some of its table's rows. */
async function answersTo(tx: Tx, reader: StoreReader): Promise<Answer[]> {
  if ('list' in reader) return [await ask(tx, reader.list)];
  const column = reader.key ?? 'id';
  const found = await rows<{ key: string }>(
    tx,
    `select distinct "${column}" as key from "${reader.table}" where "${column}" is not null order by 1 limit 60`,
  );
  const answers: Answer[] = [];
  for (const { key } of found) answers.push(await ask(tx, (inner) => reader.one(inner, key)));
  return answers;
}

/** Whether the proof would see that the answer is not for somebody. */
function wouldBeSeen(reader: StoreReader, answer: Answer): boolean {
  if (answer.kind !== 'value') return false;
  if (!('list' in reader)) return !isNothing(answer.value);
  return scopes.some(({ scope }) => foreignIn(scope, answer.value) !== undefined);
}

describe('the readers that the proof of access tries', () => {
  it('hold where every one of them has something to hide', async () => {
    const sample = { clientsPerEntity: 2, partnersPerEntity: 1 };
    expect((await proveAccess(stage.api.db, { sample })).faults).toEqual([]);
  }, 180_000);

  // Whoever adds a reader: tests/api/holdings.ts makes what it shows.
  it.each(storeReaders.map((reader) => [reader.name, reader] as const))(
    'would be seen if it showed what it should not: %s',
    async (_name, reader) => {
      const answers = await inScope(stage.api.db, everything, (tx) => answersTo(tx, reader));
      const isSeen = answers.some((answer) => wouldBeSeen(reader, answer));
      expect(isSeen || answers).toBe(true);
    },
  );
});
