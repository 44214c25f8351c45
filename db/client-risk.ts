import type { RiskLevel } from './kyc';
import { rows, type Tx } from './connection';

/** People have looked at the client again. Runs as the system. */
export async function setRiskLevel(tx: Tx, clientId: string, riskLevel: RiskLevel): Promise<void> {
  await rows(
    tx,
    `update client set risk_level = :riskLevel, version = version + 1
     where id = :clientId and risk_level is distinct from :riskLevel`,
    { clientId, riskLevel },
  );
}
