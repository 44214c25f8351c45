import { copyAndTamper } from './tampered-copy';
import { proofNames } from '../../db/proofs/report';
import { readEnvironment } from '../../temporal-config/environment.schema';
import { runProof } from '../proofs';
import type { Stack } from '../stack/start-stack';
import type { Report } from './report';

/** Every `keelson prove NAME` on the data as it is now, then one on a copy that somebody has altered. */
export async function proveAll(stack: Stack, report: Report): Promise<void> {
  report.chapter('Proofs (each is npm run keelson -- prove NAME)');
  const environment = readEnvironment({ ...stack.environment, DATABASE_URL: stack.ownerUrl });
  for (const name of proofNames) {
    const result = await runProof(name, environment);
    if (result.faultCount > 0) {
      const faults = result.faults
        .map((fault) => `${fault.thing}: ${fault.rule} ${fault.detail}`)
        .join('\n             ');
      throw new Error(`prove ${name} found ${result.faultCount} faults:\n             ${faults}`);
    }
    const things = result.checks.reduce((sum, check) => sum + check.count, 0);
    report.step(`prove ${name}`, `${result.checks.length} rules on ${things} things, no fault`);
  }
  const named = await copyAndTamper(stack, environment);
  report.step(
    'one event altered by the owner in a throw-away copy of the database: the verifier names it',
    named,
  );
}
