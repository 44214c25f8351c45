'use strict';
/**
 * Jest reporter that counts tests, and the line `N passed, N failed` that CI reads. A test file that
 * cannot be run counts as a failed test. With KEELSON_TEST_TALLY set, counts are also added to that
 * file, over several runs.
 */
const { appendFileSync, existsSync, readFileSync } = require('node:fs');

let counts;

class Tally {
  onRunComplete(_contexts, results) {
    counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    };
    const file = process.env.KEELSON_TEST_TALLY;
    if (file) appendFileSync(file, `${counts.passed} ${counts.failed}\n`);
  }
}

/** Until a run is complete, it counts as one failure: an aborted run is no success. */
Tally.reset = () => {
  counts = { passed: 0, failed: 1 };
};

Tally.line = () => `${counts.passed} passed, ${counts.failed} failed`;

/** The sum over the runs recorded in a file. */
Tally.sum = (file) => {
  const rows = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const sum = { passed: 0, failed: 0 };
  for (const row of rows.filter((text) => text !== '')) {
    const [passed, failed] = row.split(' ').map(Number);
    sum.passed += passed;
    sum.failed += failed;
  }
  return `${sum.passed} passed, ${sum.failed} failed`;
};

module.exports = Tally;

if (require.main === module) process.stdout.write(`${Tally.sum(process.argv[2] ?? '')}\n`);
