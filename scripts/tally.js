'use strict';
/**
 * Counts for the line `N passed, N failed` that CI reads. As a Jest reporter it adds the counts of a
 * run to the file that KEELSON_TEST_RECORD names; called as a program it prints the sum of such a
 * file. A test file that cannot be run counts as a failed test.
 */
const { appendFileSync, existsSync, readFileSync } = require('node:fs');

class Tally {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const file = process.env.KEELSON_TEST_RECORD;
    if (file) appendFileSync(file, `${results.numPassedTests} ${failed}\n`);
  }
}

/** The sum over the runs recorded in a file. A run that recorded nothing was aborted: it failed. */
Tally.sum = (file) => {
  const rows = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const sum = { passed: 0, failed: 0 };
  for (const row of rows.some((text) => text !== '') ? rows : ['0 1']) {
    const [passed, failed] = row.split(' ').map(Number);
    sum.passed += passed;
    sum.failed += failed;
  }
  return sum;
};

Tally.line = ({ passed, failed }) => `${passed} passed, ${failed} failed`;

module.exports = Tally;

if (require.main === module) {
  process.stdout.write(`${Tally.line(Tally.sum(process.argv[2] ?? ''))}\n`);
}
