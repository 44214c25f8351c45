import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { encryptFor, indexPerson } from '../personal-data';
import { rows, type Tx } from '../connection';
import { appendEvents } from '../events';
import { openTask } from '../tasks';
import { openScratch, type Scratch } from '../../tests/proofs/scratch';
import {
  seedAccount,
  seedClient,
  seedDeposit,
  seedEntities,
  seedPaidWithdrawal,
  type SeededClient,
} from '../../tests/proofs/seed';
import { listDeposits } from '../deposits';
import { asSystem } from '../connection';
import { storeReaders } from './access-readers';
import { proveAccess } from './access';

/** Two entities with two clients each, and a partner in each who referred one of them. */
async function populate(tx: Tx): Promise<void> {
  await seedEntities(tx);
  for (const entityId of ['cy', 'sc']) {
    for (const n of [1, 2]) {
      const client = await seedClient(tx, entityId);
      const deposit = await seedDeposit(tx, client, 10_000n);
      await seedPaidWithdrawal(tx, client, { amountMinor: 1_000n, depositId: deposit });
      await seedAccount(tx, client, `${entityId === 'cy' ? 1 : 2}00${n}`);
      await indexPerson(tx, client.clientId, 'email', `${client.clientId}@example.test`);
      await rows(
        tx,
        `insert into restriction (id, entity_id, client_id, kind, scopes, restricted, set_by)
         values (:id, :entityId, :clientId, 'mlro_hold', '{withdraw}', true, 'usr_1')`,
        { id: `rst_${client.clientId}`, ...client },
      );
      await appendEvents(tx, [
        {
          subject: `restricted/${client.clientId}`,
          type: 'restriction.set',
          restricted: true,
          ...client,
        },
      ]);
      await openTask(tx, {
        kind: 'kyc_review',
        subject: client.clientId,
        workflowId: null,
        ...client,
        restricted: n === 1,
        title: 't',
        issue: [],
        content: {},
        key: client.clientId,
      });
      if (n === 1) await aboutEntity(tx, entityId);
      await papers(tx, client);
      if (n === 1) {
        await desk(tx, client);
        await rows(
          tx,
          `insert into partner (id, entity_id, name_ct, email_ct, level, plan_set, payout_currency)
           values (:id, :entityId, '-', '-', 1, 'ps', 'USD')`,
          { id: `ptr_${entityId}`, entityId },
        );
        await billed(tx, { entityId, n: client.clientId.slice(3) });
        await rows(
          tx,
          `insert into attribution (client_id, partner_id, entity_id, from_at, actor)
           values (:clientId, :partner, :entityId, now(), 'user:x')`,
          { ...client, partner: `ptr_${entityId}` },
        );
        await cameBy(tx, client);
      }
    }
  }
}

/** A link of the entity's partner that brought nobody. */
async function cameBy(
  tx: Tx,
  client: { readonly clientId: string; readonly entityId: string },
): Promise<void> {
  await rows(
    tx,
    `insert into referral_link (code, partner_id, entity_id) values (:clientId, 'ptr_' || :entityId, :entityId)`,
    { ...client },
  );
  await rows(
    tx,
    `insert into client_came_by (client_id, entity_id, link_code) values (:clientId, :entityId, :clientId)`,
    { ...client },
  );
}

/** What is agreed with the entity's partner, and an invoice in its name. */
async function billed(tx: Tx, { entityId, n }: { entityId: string; n: string }): Promise<void> {
  const partner = `ptr_${entityId}`;
  const details = await encryptFor(
    tx,
    partner,
    'billing',
    '{"legalName":"x","address":"x","taxNumber":"x","exemption":"","agreement":"x"}',
  );
  const seller = await encryptFor(
    tx,
    partner,
    'invoice.seller',
    '{"legalName":"x","address":"x","taxNumber":"x","exemption":""}',
  );
  const words = await encryptFor(tx, partner, 'adjustment.reason', 'x');
  const question = await encryptFor(tx, partner, 'dispute.question', 'x');
  const bound = { entityId, partner, n, details, seller, words, question };
  for (const statement of [
    `insert into entity_tax (entity_id, tax_number) values (:entityId, 'x')`,
    `insert into partner_billing (partner_id, version, entity_id, treatment, details_ct, agreed_on, actor)
     values (:partner, 1, :entityId, 'reverse_charge', :details, '2026-01-01', 'user:x')`,
    `insert into settlement_payout (id, settlement_id, entity_id, partner_id, amount_minor, currency, lines, state)
     values ('po_' || :n, 'set_' || :n, :entityId, :partner, 1, 'USD', 1, 'computed')`,
    `insert into partner_invoice (id, entity_id, partner_id, payout_id, year, sequence, number, issued_on, period, settlements,
       billing_version, treatment, seller_ct, buyer, lines, currency, net_minor, gross_minor)
     values ('piv_' || :n, :entityId, :partner, 'po_' || :n, 2026, 1, 'SB-2026-0001', '2026-01-01', '2026-01', '{}', 1,
       'reverse_charge', :seller, '{}', '[{"what":"x","period":"2026-01","amountMinor":"1"}]', 'USD', 1, 1)`,
    `insert into partner_adjustment (id, entity_id, partner_id, plan_set, currency, amount_minor, reason_code, reason_ct, proposed_by, state, decided_at)
     values ('padj_' || :n, :entityId, :partner, 'ps', 'USD', 1, 'MANUAL_OTHER', :words, 'usr_x', 'approved', now())`,
    `insert into commission_dispute (id, entity_id, partner_id, about, server_id, ticket, code, question_ct)
     values ('cdp_' || :n, :entityId, :partner, 'x/1', (select min(id) from trading_server), 1, 'CAME_LATE', :question)`,
    `insert into partner_invoice_series (partner_id, year, entity_id, last) values (:partner, 2026, :entityId, 1)`,
  ])
    await rows(tx, statement, bound);
}

/** A row of everything that an entity was made with. */
async function aboutEntity(tx: Tx, entityId: string): Promise<void> {
  const plan = {
    ...{ code: `x-${entityId}`, legalName: 'x', regulator: 'x', licence: 'x', jurisdiction: 'AE' },
    ...{ countries: ['AE'], currencies: ['USD'], bankAccounts: [], legalTexts: [] },
    groups: [
      {
        ...{ platform: 'mt5', server: 'x', accountType: 'standard', currency: 'USD' },
        ...{ group: 'x', leverage: 1 },
      },
    ],
    brand: {
      ...{ name: 'x', colour: '#000000', postalAddress: 'x' },
      ...{ supportEmail: 'x@example.test', mailFrom: 'x@example.test' },
    },
  };
  const bound = { entityId, code: plan.code, plan: JSON.stringify(plan) };
  for (const statement of [
    `insert into entity_proposal (id, entity_id, code, plan, requested_by) values ('ent_' || :code, :entityId, :code, :plan, 'usr_1')`,
    `insert into entity_bank_account (iban, entity_id, currency, holder, bank, bic) values (:code, :entityId, 'USD', 'x', 'x', 'x')`,
    `insert into agreement_version (id, entity_id, code, version, texts, reaccept, grace_days, requested_by)
     values ('agr_' || :entityId, :entityId, 'x_y', 1, '[{"locale":"en","title":"x","body":"x","hash":"x"}]', true, 0, 'usr_1')`,
  ]) {
    await rows(tx, statement, bound);
  }
}

/** How the entity's inbox runs. */
async function desk(tx: Tx, { entityId, clientId }: SeededClient): Promise<void> {
  const user = `usr_${clientId.slice(3)}`;
  for (const statement of [
    `insert into business_calendar (entity_id, time_zone, working_days, opens_minute, closes_minute, changed_by)
     values (:entityId, 'UTC', '{1}', 0, 1440, 'user:x')`,
    `insert into public_holiday (entity_id, day, name) values (:entityId, '2026-12-25', 'Christmas')`,
    `insert into queue_lead (entity_id, kind, lead_id, named_by) values (:entityId, 'any', :user, 'user:x')`,
    `insert into absence (id, user_id, from_at, until_at, noted_by)
     values ('abs_' || :entityId, :user, now(), now() + interval '1 day', 'user:x')`,
  ]) {
    await rows(tx, statement, { entityId, user });
  }
}

/** A row of everything else that a client has, or that is computed about one. */
async function papers(tx: Tx, { entityId, clientId }: SeededClient): Promise<void> {
  const n = clientId.slice(3);
  const name = await encryptFor(tx, `pty_${n}`, 'name', 'A Name');
  const payer = await encryptFor(tx, `pty_${n}`, 'receipt.payer', '{}');
  const words = await encryptFor(tx, clientId, 'correction.reason', 'Some words');
  const given = await encryptFor(tx, clientId, 'bonus.reason', 'Some words');
  const parties = await encryptFor(tx, clientId, 'travel_rule.parties', '{}');
  const bound = { entityId, clientId, n, name, payer, words, given, parties };
  for (const statement of [
    `insert into agreement_acceptance (client_id, version_id, entity_id, locale, hash, accepted_by)
     values (:clientId, 'agr_' || :entityId, :entityId, 'en', 'x', 'user:usr_1')`,
    `insert into party (id, entity_id, client_id, role, name_ct, email_ct) values ('pty_' || :n, :entityId, :clientId, 'holder', :name, '-')`,
    `insert into kyc_case (id, client_id, entity_id, state) values ('kyc_' || :n, :clientId, :entityId, 'collecting')`,
    `insert into document (id, case_id, client_id, party_id, entity_id, kind, media_type, bytes, content_hash, content_ct, details_ct, state, round, uploaded_by)
     values ('doc_' || :n, 'kyc_' || :n, :clientId, 'pty_' || :n, :entityId, 'passport', 'image/png', 1, '-', '', '-', 'new', 1, 'usr_1')`,
    `insert into screening_result (id, party_id, client_id, entity_id, list_name, list_version, algorithm, thresholds, data_hash, verdict, candidates_ct, case_id, best_score)
     values ('scr_' || :n, 'pty_' || :n, :clientId, :entityId, 'l', '1', '1', '{}', '-', 'clear', '-', 'kyc_' || :n, 0)`,
    `insert into identity_check (id, case_id, client_id, party_id, entity_id, provider, step, level, round, documents, due_at)
     values ('idc_' || :n, 'kyc_' || :n, :clientId, 'pty_' || :n, :entityId, 'sumsub', 'identity', 'x', 1, '{}', now())`,
    `insert into document_reading (document_id, client_id, entity_id, reader)
     values ('doc_' || :n, :clientId, :entityId, 'tesseract')`,
    `insert into company (client_id, entity_id, party_id, details_ct)
     values (:clientId, :entityId, 'pty_' || :n, '-')`,
    `insert into ownership (owner_party_id, owned_party_id, client_id, entity_id, basis_points)
     values ('pty_' || :n, 'pty_' || :n, :clientId, :entityId, 1)`,
    `insert into payment_source (id, entity_id, client_id, kind, provider, fingerprint_index, label_ct, details_ct)
     values ('src_' || :n, :entityId, :clientId, 'card', 'stripe', '-', '-', '-')`,
    `insert into mail (id, key, entity_id, client_id, recipient, kind, data_ct, state)
     values ('mail_' || :n, :n, :entityId, :clientId, 'client:' || :clientId, 'x', '-', 'sent')`,
    `insert into evaluation (id, kind, subject, entity_id, client_id, pins, compiled_hash, facts, outcome, trace)
     values ('evl_' || :n, 'x', :clientId, :entityId, :clientId, '{}', '-', '{}', '{}', '[]')`,
    `insert into adverse_media (id, case_id, client_id, entity_id, source_ct, finding_ct, published_on, weight, noted_by)
     values ('adv_' || :n, 'kyc_' || :n, :clientId, :entityId, :words, :words, '2026-01-01', 'low', 'usr_1')`,
    `insert into declared_source (id, case_id, client_id, entity_id, basis, details_ct, declared_by, by_officer)
     values ('dsr_' || :n, 'kyc_' || :n, :clientId, :entityId, 'funds', '-', 'user:usr_1', false)`,
    `insert into source_review (source_id, client_id, entity_id, decision, decided_by, note_ct)
     values ('dsr_' || :n, :clientId, :entityId, 'corroborate', 'usr_1', :words)`,
    `insert into appropriateness_test (id, client_id, entity_id, answers_ct, evaluation_id, outcome)
     values ('apt_' || :n, :clientId, :entityId, '-', 'evl_' || :n, 'appropriate')`,
    `insert into category_request (id, client_id, entity_id, wish) values ('cat_' || :n, :clientId, :entityId, 'retail')`,
    `insert into client_paper (id, subject, purpose, client_id, entity_id, media_type, bytes, content_hash, content_ct, uploaded_by)
     values ('pap_' || :n, 'cat_' || :n, 'trades', :clientId, :entityId, 'image/png', 1, '-', '', 'user:usr_1')`,
    `insert into user_account (id, kind, entity_id, client_id, email_index, email_ct, name_ct) values ('usr_' || :n, 'client', :entityId, :clientId, :n, '-', '-')`,
    `insert into intent (id, workflow_id, step, kind, target, entity_id, client_id, state)
     values ('int_' || :n, 'x/' || :n, 'x', 'mail', 'x', :entityId, :clientId, 'done')`,
    `insert into task_decision (task_id, user_id, decision, content_hash, task_version)
     select id, 'usr_1', 'approve', '-', 1 from task where client_id = :clientId and entity_id = :entityId`,
    `insert into provider_event (id, provider, provider_event_id, type, operation_id, entity_id, client_id, body_ct, normalised, occurred_at)
     values ('pev_' || :n, 'stripe', :n, 'x', 'dep_' || :n, :entityId, :clientId, '-', '{}', now())`,
    `insert into deposit_refund (id, deposit_id, entity_id, client_id, amount_minor, currency, provider, hold_id, state, reason_ct,
       requested_by)
     select 'rf_' || :n, id, entity_id, client_id, 1, currency, provider, 'hold_' || :n, 'requested', '-', 'usr_1' from deposit
     where client_id = :clientId limit 1`,
    `insert into chargeback (id, deposit_id, entity_id, client_id, provider, dispute_ref, amount_minor, currency, reason, state, told,
       told_at, taken_minor, owed_minor)
     select 'cb_' || :n, id, entity_id, client_id, provider, 'dp_' || :n, 1, currency, 'fraudulent', 'open', 'open', now(), 0, 1
     from deposit where client_id = :clientId limit 1`,
    `insert into payment_attempt (payment_id, attempt, entity_id, client_id, flow, provider, step)
     values ('dep_' || :n, 1, :entityId, :clientId, 'payin', 'stripe', 'payment')`,
    `insert into bank_reference (reference, entity_id, client_id, currency) values (:n, :entityId, :clientId, 'USD')`,
    `insert into bank_statement (id, entity_id, file_hash, accounts, credits, receipts, taken_back, pending, doubts, imported_by)
     values ('bst_' || :n, :entityId, :n, '{}', 0, 0, 0, 0, '{}', 'user:x')`,
    `insert into receipt (id, statement_id, entity_id, client_id, bank_account, entry_key, amount_minor, currency, person_id, payer_ct, state)
     values ('rcp_' || :n, 'bst_' || :n, :entityId, :clientId, 'x', :n, 1, 'USD', 'pty_' || :n, :payer, 'unallocated')`,
    `insert into fx_quote (id, entity_id, client_id, from_currency, to_currency, from_minor, value_minor, spread_minor, to_minor, rate,
       rate_source, rate_at, spread_basis_points, evaluation_id, expires_at)
     values ('fxq_' || :n, :entityId, :clientId, 'EUR', 'USD', 1, 1, 0, 1, '1', 'x', now(), 0, 'evl_' || :n, now() + interval '1 minute')`,
    `insert into exchange (id, quote_id, entity_id, client_id, transaction_id)
     select 'fx_' || :n, 'fxq_' || :n, :entityId, :clientId, id from ledger_transaction where client_id = :clientId limit 1`,
    `insert into chain_key (key_id) values (:n)`,
    `insert into chain_address (operation_id, provider, address, key_id, derivation_index, entity_id, client_id, amount_minor, currency, from_block, unread_block)
     values ('dep_' || :n, 'chain', '0x' || :n, :n, 0, :entityId, :clientId, 1, 'USDT', 0, 0)`,
    `insert into travel_rule_transfer (payment_id, leg, direction, entity_id, client_id, amount_minor, currency, network, parties_ct)
     values ('dep_' || :n, 0, 'in', :entityId, :clientId, 1, 'USDT', 'ethereum', :parties)`,
    `insert into correction (id, entity_id, client_id, kind, account_id, direction, amount_minor, currency, reason_code, reason_ct,
       evaluation_id, requested_by)
     select 'cor_' || :n, :entityId, :clientId, 'correction', id, 'credit', 1, currency, 'OTHER', :words, 'evl_' || :n, 'usr_1'
     from ledger_account where client_id = :clientId and code = 'wallet' limit 1`,
    `insert into transfer (id, entity_id, client_id, account_id, direction, amount_minor, currency, state)
     select 'tr_' || :n, :entityId, :clientId, id, 'to_account', 1, currency, 'requested' from trading_account
     where client_id = :clientId limit 1`,
    `insert into bonus (id, entity_id, client_id, account_id, origin, deposit_id, transfer_id, paid_minor, amount_minor, currency,
       removal, reason_ct, requested_by, evaluation_id, state)
     select 'bon_' || :n, :entityId, :clientId, t.account_id, 'deposit', d.id, t.id, 1, 1, t.currency, 'whole', :given, 'usr_1',
       'evl_' || :n, 'waiting'
     from transfer t, deposit d where t.id = 'tr_' || :n and d.client_id = :clientId limit 1`,
    `insert into bonus_step (bonus_id, step, entity_id, client_id, kind, cause, cause_id, asked_by)
     values ('bon_' || :n, 1, :entityId, :clientId, 'grant', 'grant', '-', 'user:x')`,
    `insert into retention (client_id, entity_id) values (:clientId, :entityId)`,
    `insert into erasure_request (id, entity_id, client_id, asked_by, kept) values ('erq_' || :n, :entityId, :clientId, 'user:x', '[]')`,
    `insert into erasure (id, entity_id, client_id, cause, proposed_by, evaluation_id, kept_until)
     values ('era_' || :n, :entityId, :clientId, 'retention_over', 'usr_1', 'evl_' || :n, now())`,
    `insert into legal_hold (id, entity_id, client_id, reason_ct, reference_ct, placed_by)
     values ('lgh_' || :n, :entityId, :clientId, :words, :words, 'usr_1')`,
    `insert into plan_set (id, entity_id, name, period, currency) values ('ps_' || :n, :entityId, 'x', 'monthly', 'USD')`,
    `insert into settlement (id, plan_set, entity_id, period, from_at, to_at, state, currency)
     values ('set_' || :n, 'ps_' || :n, :entityId, '2026-10', now() - interval '1 day', now(), 'computing', 'USD')`,
    `insert into deal (server_id, ticket, time, login, account_id, entity_id, client_id, position_id, kind, volume, profit_minor, swap_minor,
       commission_minor, fee_minor, currency, raw, raw_hash)
     select server_id, (random() * 1e15)::bigint, now(), login, id, entity_id, client_id, 1, 'trade', 0, 0, 0, 0, 0, 'USD', '{}', '-'
     from trading_account where client_id = :clientId and entity_id = :entityId`,
  ]) {
    await rows(tx, statement, bound);
  }
}

describe('the proof of access', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await openScratch();
    await scratch.asSystem(populate);
  });

  afterEach(() => scratch.close());

  /** One client and partner of each entity, and the readers named: what a planted fault needs. */
  async function found(statements: string, ...names: string[]): Promise<string[]> {
    await scratch.asOwner(statements);
    const readers = storeReaders.filter(({ name }) => names.includes(name));
    const sample = { clientsPerEntity: 1, partnersPerEntity: 1 };
    const { faults } = await proveAccess(scratch.db, { readers, sample });
    return faults.map(({ thing, detail }) => `${thing}: ${detail}`);
  }

  it('holds for the schema as it is migrated, over every role, entity, client and partner', async () => {
    const result = await proveAccess(scratch.db);
    expect(result.faults).toEqual([]);
    expect(result.notes[0]).toMatch(
      /^tried: 22 roles in entities, 4 clients, 2 partners, \d+ readers$/,
    );
    const stores = result.checks.find(({ rule }) => rule.startsWith('no store'));
    expect(stores?.count).toBeGreaterThan(1_000);
  });

  it('asks every store that a person can be shown something from', () => {
    const tried = new Set(storeReaders.map(({ name }) => name));
    const untried = readersOfStores().filter(
      (name) => !tried.has(name) && !(name in untriedReaders),
    );
    expect(untried).toEqual([]);
    expect(Object.keys(untriedReaders).filter((name) => tried.has(name))).toEqual([]);
  });

  it('names a table whose row-level security is off, and whom it shows what', async () => {
    const all = await found('alter table withdrawal disable row level security', 'readWithdrawal');
    expect(all).toEqual(
      expect.arrayContaining([
        'withdrawal: row-level security is off',
        'withdrawal: shows rows without a scope',
        expect.stringMatching(/^withdrawal: shows client cl_.* a row of another one$/),
        expect.stringMatching(/^withdrawal: shows compliance of cy a row of another one$/),
        expect.stringMatching(/^readWithdrawal: shows compliance of cy the foreign wd_/),
      ]),
    );
  });

  it('names a policy that lets everybody see everything', async () => {
    const all = await found('create policy open on deposit using (true)', 'listDeposits');
    expect(all).toContain('deposit: policy open lets everybody see everything');
    expect(all).toContainEqual(expect.stringMatching(/^listDeposits: shows .* of cy entityId sc$/));
  });

  it('names a policy that shows restricted records outside the circle', async () => {
    const all = await found(
      `drop policy visible on task; create policy visible on task using (may_see_staff(entity_id))`,
      'listTasks',
    );
    expect(all).toContain('task: shows compliance of cy a row of another one');
    expect(all).toContainEqual(expect.stringMatching(/^listTasks: shows .* a restricted record$/));
    expect(all.join()).not.toContain('mlro');
  });

  it('names a policy that hides from people what is theirs', async () => {
    const all = await found(
      `drop policy visible on client; create policy visible on client using (scope_kind() = 'system')`,
    );
    expect(all).toContain('compliance of cy: sees 0 of its 2 clients');
  });

  it('names a table that the application may change and should not', async () => {
    expect(await found('grant update (payload) on event to keelson_app')).toEqual([
      'event: the application may update',
    ]);
    expect(await found('revoke update (payload) on event from keelson_app')).toEqual([]);
    expect(await found('grant delete, insert on ledger_entry to keelson_app')).toEqual([
      'ledger_entry: the application may delete',
      'ledger_entry: the application may insert past its function',
    ]);
  });

  it('names a trigger that was switched off', async () => {
    expect(await found('alter table ledger_entry disable trigger append_only')).toEqual([
      'ledger_entry: trigger append_only is not there, or not always on',
    ]);
  });

  it('names a new table that nobody thought about', async () => {
    expect(
      await found(
        `create table scratch (id text); create table secret (id text, entity_id text);
         grant select on secret to keelson_app`,
      ),
    ).toEqual(
      expect.arrayContaining([
        'scratch: has no entity and is not known to need none',
        'secret: row-level security is off',
      ]),
    );
  });

  it('names a partition that can be read past its table’s policy', async () => {
    expect(await found('grant select on deal_default to keelson_app')).toEqual([
      'deal_default: can be read directly',
    ]);
  });

  it('names a function that runs with the owner’s rights and the caller’s search path', async () => {
    expect(await found('alter function post_ledger(jsonb) reset search_path')).toEqual([
      'post_ledger: runs with the owner’s rights and a search path of the caller’s',
    ]);
  });

  it('names a store that breaks, since what breaks hides what it would show', async () => {
    const broken = { name: 'brokenList', list: () => Promise.reject(new TypeError('x')) };
    const { faults } = await proveAccess(scratch.db, { readers: [broken] });
    expect(faults[0]).toMatchObject({
      thing: 'brokenList',
      detail: expect.stringMatching(/^could not be tried for .*: TypeError$/) as string,
    });
  });

  it('names a store that forgets its scope', async () => {
    const leaky = {
      name: 'leakyList',
      list: (tx: Tx) => asSystem(tx, (system) => listDeposits(system, { limit: 100 })),
    };
    const { faults } = await proveAccess(scratch.db, {
      readers: [...storeReaders.slice(0, 5), leaky],
    });
    expect(faults[0]).toMatchObject({
      rule: 'no store shows a scope another one’s rows',
      thing: 'leakyList',
    });
    expect(new Set(faults.map(({ thing }) => thing))).toEqual(new Set(['leakyList']));
  });
});

/** Every exported function of a store that reads by its name. */
function readersOfStores(): string[] {
  const db = path.join(__dirname, '..');
  const files = ['.', 'settlement'].flatMap((folder) =>
    readdirSync(path.join(db, folder))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => path.join(db, folder, file)),
  );
  return files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/export async function (\w+)\(\s*tx: Tx/g)]
      .map(([, name = '']) => name)
      .filter((name) => /^(read|list|search)|Of($|[A-Z])/.test(name)),
  );
}

/** Readers that need no trying, and why. */
const untriedReaders: Readonly<Record<string, string>> = {
  listPartnerPeople:
    'answers a partner’s own people alone, and reads with `readUser` and `readUserName`',
  readPartnerPerson:
    'answers a partner’s own people alone, and reads with `readUser` and `readUserName`',
  // What nobody is shown: read by processes, under the system's scope.
  testOfEntity: 'questions of a policy',
  worstMediaOf: 'a fact of a policy, read when it decides',
  statementOfRequest: 'of a request that its caller has read',
  readPaperContent: 'the paper of a row of papersOf',
  askOfAccount: 'writes; reads the account first, under the scope of who asks',
  endBreachesOfEnded: 'a change of the daily check',
  readDormancy: 'facts of a policy, read when it decides',
  readStanding: 'read by the process of the account',
  transfersOfRequest: 'read by the process of the account',
  readNegativeStanding: 'read by the process of the account',
  intentOfStep: 'read by the process of the intent',
  intentOfTicket: 'read by the deal feed',
  passwordOfRequest: 'read by the process that sets it',
  readBackfill: 'read by the deal feed',
  listBackfills: 'stretches of time and who asked for them',
  listSymbols: 'instruments of a server',
  marketsOf: 'prices of currency pairs',
  readComplianceCalendar: 'takes a calendar of calendarOfClient',
  readClientFacts: 'facts of a policy, read when it decides',
  factsOfBonus: 'facts of a policy, read when it decides',
  signalsOfRun: 'facts of a policy, of a run that this transaction has made',
  ticketsOfRun: 'of a run that this transaction has made',
  nextOfBonus: 'read by the process of the bonus',
  gateOfStep: 'read by the process of the bonus',
  operationOfStep: 'read by the process of the bonus',
  amountOf: 'read by the process of the bonus',
  readStep: 'read by the process of the bonus',
  questionOfCredit: 'read by the process of the bonus',
  readFeed: 'read by the deal feed',
  readWatch: 'read by the watch of a provider',
  toldOfPayment: 'read by the watch of a provider',
  seenOfDeposit: 'of a deposit that its reader was shown',
  readResult: 'sums of a run that this transaction has made',
  readMail: 'read by the process that sends it',
  taskOfKey: 'read by the process that opens it',
  calendarOf: 'read when a task opens',
  leaderOf: 'read when a task goes to the lead of its queue',
  resumeOfClient: 'a change, of a client who has answered',
  readTaskBulk: 'scoped by its own policy: whoever did it',
  listAbsences: 'scoped by its own policy: oneself, and colleagues whom one sees',
  readAbsence: 'as listAbsences',
  readCalendar: 'asks for the entity first, as routes do',
  listQueueLeads: 'as readCalendar',
  tasksOf: 'read by the process that opened them',
  latestTaskOfProcess: 'read by the process that opened it',
  dismissalsOf: 'read when a party is screened',
  // What is looked up by a secret, or by oneself.
  listApiKeys: 'one’s own, by the caller’s own id',
  readOwnFilter: 'one’s own, by the caller’s own id',
  readLink: 'looked up by the token itself',
  findUserOfKey: 'looked up by the key itself',
  scopeOf: 'makes the scope that everything else is tried under',
  payerOf: 'read by the process, for the provider’s request alone',
  nextActionOf: 'opens what is sealed in a deposit that its caller has read',
  sendersOf: 'tells of a deposit that its caller has read, to processes alone',
  readTokenAddress: 'asks for a client whom its caller has read',
  isKnownOfAnother: 'answers yes or no, to processes alone',
  waysOfClient: 'as readClient, which it asks first',
  matchCounts: 'numbers of what matchesOfRescreening shows',
  // What is everybody's.
  versionsInForce: 'lists as they are published',
  readListVersions: 'lists as they are published',
  readListVersion: 'lists as they are published',
  listListVersions: 'lists as they are published',
  listLists: 'lists as they are published',
  changesOfVersion: 'lists as they are published',
  readRescreening: 'how far it is, of nobody',
  rescreeningOfVersion: 'how far it is, of nobody',
  listRescreenings: 'how far they are, of nobody',
  listEntities: 'the licences themselves',
  layersOfVersions: 'rules, no persons',
  listPolicies: 'rules, no persons',
  placesOf: 'the licences themselves',
  versionsOfLayer: 'rules, no persons',
  listServers: 'configuration',
  listGroups: 'configuration of the trading servers',
  listDeclarations: 'what is declared of servers concerns everybody',
  readDeclaration: 'as listDeclarations',
  readEntity: 'the licences themselves',
  leverageCapOf: 'rules, no persons',
  readPolicy: 'rules, no persons',
  readServer: 'configuration',
  readRequirements: 'rules, no persons',
  readAllRequirements: 'rules, no persons',
  readOpenRequirements: 'rules, no persons',
  questionsOf: 'rules, no persons',
  factsOfVersion: 'rules, no persons',
  // What takes a record that its caller has read already, by a reader that is tried.
  deniedOf: 'takes a payout',
  standingOf: 'sums of a partner whom earningsOf reads first',
  readAnswers: 'takes a case',
  readApplication: 'takes a case',
  missingOf: 'takes an application; names of what is missing in it',
  wordsOfCase: 'takes a case',
  unreadOf: 'takes documents, and answers with some of them',
  readBalance: 'takes an account of the chart',
  readBulk: 'scoped by its own policy: whoever sees every entity concerned',
  readSimulation: 'scoped by its own policy: whoever sees every entity it has read',
  simulationsOf: 'as readSimulation',
  casesOf: 'takes a simulation; its rows are an entity’s, which the tables’ own rule tries',
  pairsOf: 'takes a simulation',
  taskOfHold: 'takes a legal hold that its caller has read',
  readDetails: 'takes a document',
  readRestriction: 'takes a client and one of restrictionsOf',
  linesOfTicket: 'the lines that listLines tries, by deal',
  reasonsOf: 'takes a settlement',
  settlementOf: 'readSettlement, by plan set and period',
  statementOf: 'takes a payout',
  timelineOfRestrictions: 'takes restrictions of restrictionsOf',
};
