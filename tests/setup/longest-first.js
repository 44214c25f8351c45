'use strict';
const path = require('node:path');
const { default: TestSequencer } = require('@jest/test-sequencer');

const root = path.resolve(__dirname, '..', '..');

/**
 * About how many seconds a test file takes on two cores. A fresh clone has measured none, and Jest would begin with
 * the largest files: the faults' sample, which is a screen long and takes two minutes, would be begun last and run
 * alone. Only the order hangs on these figures; a run leaves better ones in Jest's cache.
 */
const secondsOf = {
  'tests/tipping-off/tipping-off.test.ts': 160,
  'tests/faults/sample.test.ts': 150,
  'tests/processes/personal-data.test.ts': 140,
  'tests/processes/account-runs.test.ts': 110,
  'tests/api/foreign-page-ids.test.ts': 95,
  'tests/api/foreign-ids.test.ts': 85,
  'tests/start.test.ts': 80,
  'tests/processes/account-moves.test.ts': 80,
  'tests/processes/withdrawal-doubt.test.ts': 70,
  'tests/faults/broken.test.ts': 65,
  'db/intents.test.ts': 65,
  'tests/processes/withdrawal-gate.test.ts': 60,
  'tests/processes/feed.test.ts': 60,
  'tests/processes/account-writes.test.ts': 55,
  'tests/processes/withdrawal.test.ts': 55,
  'tests/processes/transfer.test.ts': 55,
  'db/ledger.test.ts': 50,
  'tests/processes/platforms.test.ts': 50,
  'tests/processes/deposit-late.test.ts': 50,
  'db/proofs/access-readers.test.ts': 50,
  'connectors/trading/mt5/lost-replies.test.ts': 50,
  'db/proofs/access.test.ts': 50,
  'db/proofs/servers.test.ts': 45,
  'tests/processes/negative-balance.test.ts': 45,
  'tests/processes/account-life.test.ts': 45,
  'tests/processes/dormancy.test.ts': 45,
  'tests/guards.test.ts': 45,
  'cli/proofs.test.ts': 45,
  'tests/processes/recovery.test.ts': 40,
  'cli/stack/start-stack.test.ts': 35,
  'tests/processes/routing.test.ts': 35,
  'tests/processes/account-wakes.test.ts': 35,
  'tests/processes/kyc.test.ts': 30,
  'tests/processes/account.test.ts': 30,
  'db/audit/audit.test.ts': 30,
  'connectors/trading/mt5/session.test.ts': 30,
  'connectors/trading/mt4/lost-replies.test.ts': 30,
  'tests/processes/server-maintenance.test.ts': 30,
  'db/ledger-books.test.ts': 30,
  'tests/processes/deposit.test.ts': 30,
  'api/routes/account-bulk.test.ts': 30,
  'tests/processes/leverage-check.test.ts': 25,
  'db/proofs/processes.test.ts': 25,
  'db/ledger-crowd.test.ts': 25,
  'tests/processes/settlement.test.ts': 25,
  'tests/setup/temporal.test.ts': 25,
  'connectors/trading/mt5/platform.test.ts': 20,
  'db/proofs/settlement.test.ts': 20,
  'connectors/trading/ctrader/lost-replies.test.ts': 19,
  'api/routes/account-requests.test.ts': 18,
  'api/registry.test.ts': 17,
  'workers/relay.test.ts': 16,
  'connectors/trading/mt4/deals.test.ts': 16,
  'connectors/trading/ctrader/history.test.ts': 16,
  'connectors/trading/capabilities.test.ts': 16,
  'db/personal-data.test.ts': 15,
  'db/audit/bundle/bundle.test.ts': 15,
  'connectors/psp/xendit/kit.test.ts': 15,
  'db/proofs/ledger.test.ts': 14,
  'api/routes/registrations.test.ts': 14,
  'db/settlement/settlement.test.ts': 13,
  'db/settlement/engine.test.ts': 13,
  'connectors/psp/ewallet/kit.test.ts': 13,
  'connectors/psp/stripe/kit.test.ts': 12,
  'tests/processes/capabilities.test.ts': 11,
  'simulators/mt5/faults.test.ts': 11,
  'domain/policy/laws.test.ts': 11,
  'api/routes/whole.test.ts': 11,
  'api/auth/auth.test.ts': 11,
  'cli/resume-processes.test.ts': 10,
  'api/routes/kyc.test.ts': 10,
  'activities/kyc.test.ts': 10,
};

/** A test across processes starts servers and workers; what stands beside its file is short as a rule. */
const secondsOfOthers = (file) => (file.startsWith('tests/processes/') ? 30 : 0);

/** Begins with the files that take longest, so that the last ones, which no other worker can share, are short. */
class LongestFirst extends TestSequencer {
  time(test) {
    const file = path.relative(root, test.path).split(path.sep).join('/');
    return super.time(test) ?? 1000 * (secondsOf[file] ?? secondsOfOthers(file));
  }
}

module.exports = LongestFirst;
