'use strict';
/** Copies what is not TypeScript (pages, styles, samples, plain scripts) beside the built code in dist/. */
const { cpSync, existsSync, statSync } = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const folders = [
  'domain',
  'workflows',
  'activities',
  'workers',
  'connectors',
  'db',
  'api',
  'simulators',
  'temporal-config',
  'cli',
];

for (const folder of folders) {
  const from = path.join(root, folder);
  if (!existsSync(from)) continue;
  cpSync(from, path.join(root, 'dist', folder), {
    recursive: true,
    filter: (file) => statSync(file).isDirectory() || !file.endsWith('.ts'),
  });
}
cpSync(path.join(root, 'package.json'), path.join(root, 'dist', 'package.json'));
