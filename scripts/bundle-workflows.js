'use strict';
/**
 * Builds the workflow bundle of production, dist/workflow-bundle.js: workers are told of it by
 * KEELSON_WORKFLOW_BUNDLE and start without a bundler. Built by the SDK that will run it, since a
 * bundle fits one version only.
 */
const { writeFileSync } = require('node:fs');
const path = require('node:path');
const { bundleWorkflowCode } = require('@temporalio/worker');

const root = path.resolve(__dirname, '..');

bundleWorkflowCode({ workflowsPath: path.join(root, 'dist', 'workflows', 'index.js') }).then(
  ({ code }) => writeFileSync(path.join(root, 'dist', 'workflow-bundle.js'), code),
  (error) => {
    process.stderr.write(`${error.stack ?? error}\n`);
    process.exitCode = 1;
  },
);
