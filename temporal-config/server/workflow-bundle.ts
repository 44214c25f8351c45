import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

export interface WorkflowBundleFile {
  readonly codePath: string;
}

const root = path.resolve(__dirname, '..', '..');
const defaultWorkflows = path.join(root, 'workflows', 'index.ts');
const cacheDir = path.join(root, 'node_modules', '.cache', 'keelson', 'bundles');

/** Folders whose code may be part of a bundle (docs/architecture.md: what workflows import). */
const bundledFolders = ['workflows', 'domain', 'temporal-config'];

const bundlesKeptMax = 10;

/**
 * The workflows as one bundle, built once for each state of the source (a second or two): the file's
 * name is a hash of all that can be in it. For running from source; an image has its bundle built in.
 */
export async function workflowBundle(
  workflowsPath: string = defaultWorkflows,
): Promise<WorkflowBundleFile> {
  const codePath = path.join(cacheDir, `${hashSources(workflowsPath)}.js`);
  if (existsSync(codePath)) return { codePath };
  mkdirSync(cacheDir, { recursive: true });
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  // Two processes may build at once: each moves a whole file into place.
  const draft = `${codePath}.${process.pid}`;
  writeFileSync(draft, code);
  renameSync(draft, codePath);
  dropOldBundles();
  return { codePath };
}

function hashSources(workflowsPath: string): string {
  const hash = createHash('sha256');
  hash.update(readFileSync(require.resolve('@temporalio/worker/package.json')));
  hash.update(workflowsPath);
  const folders = new Set(bundledFolders.map((folder) => path.join(root, folder)));
  folders.add(path.dirname(workflowsPath));
  for (const folder of folders) {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|js|json)$/.test(file) && !file.endsWith('.test.ts'))
      .sort();
    for (const file of files) hash.update(file).update(readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex').slice(0, 32);
}

function dropOldBundles(): void {
  const byAge = readdirSync(cacheDir)
    .map((name) => path.join(cacheDir, name))
    .map((file) => ({ file, builtAt: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.builtAt - a.builtAt);
  for (const { file } of byAge.slice(bundlesKeptMax)) rmSync(file, { force: true });
}
