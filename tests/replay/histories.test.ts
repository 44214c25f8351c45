import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { replayHistories, workflowBundle } from '../setup/temporal';

/**
 * tests/histories/<version>/<process>-<what>.json: histories that a released version has written,
 * as `historyToJSON` gives them, of made-up data. A change of a workflow that one of them does not
 * survive needs `patched()`.
 */
const folder = path.resolve(__dirname, '..', 'histories');
const files = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.json'))
  : [];

describe('histories of released versions', () => {
  it('are there', () => {
    expect(files).not.toEqual([]);
  });

  it.each(files)('%s is replayed by the present workflows', async (file) => {
    const history = historyFromJSON(JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
    const bundle = await workflowBundle();
    await expect(replayHistories([{ workflowId: file, history }], bundle)).resolves.toBe(1);
  });
});
