import type { SourceBasis, SourceStanding, SourceState } from '../domain/kyc/sources';
import { rows, type Tx } from './connection';

/** How far each declared source of a case is; what it says stays closed. */
export async function sourceStandings(tx: Tx, caseId: string): Promise<SourceStanding[]> {
  return rows<{ basis: SourceBasis; state: SourceState; papers: number }>(
    tx,
    `select s.basis, s.state, (select count(*)::int from client_paper p where p.subject = s.id) as papers
     from declared_source s where s.case_id = :caseId order by s.id limit 40`,
    { caseId },
  );
}
