import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';

/** Of each workflow type and way to end, one history is enough. */
const keptPerKind = 1;

/**
 * At a release: `KEELSON_KEEP_HISTORIES=<version> npx jest tests/processes` writes histories of what the
 * process tests did to tests/histories/<version>/, where `npm run test:replay` finds them for ever after.
 * Without the variable it does nothing. Names of machines are left out.
 */
export async function keepHistories(client: Client): Promise<void> {
  const version = process.env['KEELSON_KEEP_HISTORIES'];
  if (!version) return;
  const folder = path.resolve(__dirname, '..', 'histories', version);
  mkdirSync(folder, { recursive: true });
  const kept = new Map<string, number>();
  for await (const run of client.workflow.list()) {
    const kind = `${run.type}-${run.status.name.toLowerCase()}`;
    const count = kept.get(kind) ?? 0;
    if (count >= keptPerKind) continue;
    kept.set(kind, count + 1);
    const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const text = historyToJSON(history).replaceAll(/"\d+@[^"]+"/g, '"worker"');
    const suite = path.basename(expect.getState().testPath ?? 'test', '.test.ts');
    writeFileSync(path.join(folder, `${kind}-${suite}.json`), text);
  }
}
