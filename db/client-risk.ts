import { notFound } from '../domain/problem';
import { rows, type Tx } from './connection';
import { appendEvents } from './events';
import type { RiskLevel } from './kyc';

/** Gives the client the risk level that their approval comes with. Runs as the system. Throws `not_found` (404). */
export async function gradeClient(tx: Tx, clientId: string, riskLevel: RiskLevel): Promise<void> {
  const { entityId, before } = await setRiskLevel(tx, clientId, riskLevel);
  await appendEvents(tx, [
    {
      subject: clientId,
      type: 'client.graded',
      entityId,
      clientId,
      change: { before: { riskLevel: before }, after: { riskLevel } },
    },
  ]);
}

/** The level that people have found when they looked at the client again: their event tells of it. Runs as the system. */
export async function setRiskLevel(
  tx: Tx,
  clientId: string,
  riskLevel: RiskLevel,
): Promise<{ readonly entityId: string; readonly before: RiskLevel | null }> {
  const [row] = await rows<{ entity_id: string; before: RiskLevel | null }>(
    tx,
    `with old as (select id, risk_level from client where id = :clientId for update)
     update client c set risk_level = :riskLevel, version = c.version + (old.risk_level is distinct from :riskLevel)::int
     from old where c.id = old.id returning c.entity_id, old.risk_level as before`,
    { clientId, riskLevel },
  );
  if (!row) throw notFound('client');
  return { entityId: row.entity_id, before: row.before };
}
