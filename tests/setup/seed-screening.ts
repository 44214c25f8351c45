import { newId } from '../../domain/ids';
import { rows, type Tx } from '../../db/connection';

/** For tests only: an approved case whose screening found nobody; without one no money leaves. */
export async function seedScreening(
  tx: Tx,
  of: { entityId: string; clientId: string; partyId: string },
): Promise<void> {
  const caseId = newId('kycCase');
  await rows(
    tx,
    `insert into kyc_case (id, client_id, entity_id, state, decided_at) values (:caseId, :clientId, :entityId, 'approved', now())`,
    { caseId, ...of },
  );
  await rows(
    tx,
    `insert into screening_result (id, party_id, client_id, entity_id, list_name, list_version, algorithm, thresholds, data_hash, verdict,
       candidates_ct, case_id, best_score)
     values (:id, :partyId, :clientId, :entityId, 'sample', '1', 'test', '{}', '', 'clear', '', :caseId, 0)`,
    { id: newId('screening'), ...of, caseId },
  );
}
