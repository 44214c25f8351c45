import { rows, type Tx } from './connection';

/** How many of what went. */
export interface Erased {
  readonly persons: number;
  readonly documents: number;
  readonly papers: number;
  readonly logIns: number;
}

/**
 * What tells of a client's people beside the ciphertexts under their keys: what they are looked up by, and what their data,
 * cards and papers are known again by. Every other column that is theirs is ciphertext, or says nothing of anybody
 * (docs/personal-data.md); `erasures.test.ts` looks through all of them.
 */
const tracesOfPersons: readonly string[] = [
  'delete from blind_index where person_id = any (:persons)',
  'delete from name_token where party_id = any (:persons)',
  `update party set data_hash = 'erased', version = version + 1 where id = any (:persons)`,
  `delete from session where sess -> 'user' ->> 'id' = any (:persons)`,
];

const tracesOfClient: readonly string[] = [
  `update payment_source set fingerprint_index = 'erased/' || id, card_index = null
   where client_id = :clientId`,
  'update receipt set payer_index = null where client_id = :clientId',
];

/** Everybody of a client's contract, whoever was taken out of it, and who logs in for it. */
async function personsOf(tx: Tx, clientId: string): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    `select :clientId::text as id union select id from party where client_id = :clientId
     union select id from user_account where client_id = :clientId order by 1`,
    { clientId },
  );
  return found.map(({ id }) => id);
}

/**
 * Destroys the keys of a client and of everybody of the contract, and what tells of them beside. Events stay as they are:
 * their chain is made of the ciphertexts. Runs as the system, in the transaction that decides; the database refuses it
 * under a legal hold, whoever asks.
 */
export async function erasePersons(tx: Tx, clientId: string): Promise<Erased> {
  const persons = await personsOf(tx, clientId);
  const documents = await rows(
    tx,
    `update document set content_ct = '', details_ct = '', content_hash = 'erased/' || id where client_id = :clientId
     returning 1`,
    { clientId },
  );
  const papers = await rows(
    tx,
    `update withdrawal_evidence set content_ct = '', content_hash = 'erased'
     where client_id = :clientId and content_ct is not null returning 1`,
    { clientId },
  );
  const handedIn = await rows(
    tx,
    `update client_paper set content_ct = '', content_hash = 'erased/' || id where client_id = :clientId returning 1`,
    { clientId },
  );
  for (const trace of tracesOfPersons) await rows(tx, trace, { persons });
  for (const trace of tracesOfClient) await rows(tx, trace, { clientId });
  const logIns = await rows(
    tx,
    `update user_account set email_index = 'erased/' || id, password_hash = null, state = 'disabled', version = version + 1,
       security_changed_at = clock_timestamp() where client_id = :clientId returning 1`,
    { clientId },
  );
  // Who never had a key gets none any more.
  await rows(
    tx,
    `insert into data_key (person_id, wrapped_key, erased_at) select unnest(:persons::text[]), null, clock_timestamp()
     on conflict (person_id) do update set wrapped_key = null, erased_at = coalesce(data_key.erased_at, excluded.erased_at)`,
    { persons },
  );
  await rows(tx, 'select forget_erased(:persons)', { persons });
  return {
    persons: persons.length,
    documents: documents.length,
    papers: papers.length + handedIn.length,
    logIns: logIns.length,
  };
}
