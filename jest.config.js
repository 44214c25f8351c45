/**
 * One PostgreSQL and one Temporal server for the whole run: see tests/setup/. The variable
 * KEELSON_TEST_SUITE, which scripts/run.js sets, selects what is run; `npx jest <path>` means `main`.
 */
const suites = {
  /** Everything but what follows. */
  main: {
    // One more than two cores have: a third of the time a test waits for a server.
    maxWorkers: 3,
    testPathIgnorePatterns: [
      '/node_modules/',
      '/tests/(replay|browser|foreign|kills|storm|time|big-month)/',
      '/tests/faults/matrix.test',
    ],
  },
  /** Every fault, both directions, every platform, ten times and more. */
  faults: { testMatch: ['<rootDir>/tests/faults/matrix.test.ts'] },
  /** Histories of released versions against the present workflows. */
  replay: {
    testMatch: ['<rootDir>/tests/replay/**/*.test.ts'],
    // Files and code alone: no PostgreSQL, no Temporal.
    globalSetup: null,
    globalTeardown: null,
  },
  /** The pages in a real browser; needs chromium. */
  browser: { testMatch: ['<rootDir>/tests/browser/**/*.test.ts'] },
  /** Operations while the parts of the product are killed; takes many minutes. */
  kills: { testMatch: ['<rootDir>/tests/kills/**/*.test.ts'] },
  /** Twenty thousand webhooks at once; takes many minutes. */
  storm: { testMatch: ['<rootDir>/tests/storm/**/*.test.ts'] },
  /** A month of 200 partners through the real workflow. */
  settlement: { testMatch: ['<rootDir>/tests/big-month/**/*.test.ts'] },
  /** Ten years of an account; needs Java, Maven and libfaketime, see scripts/time-skipping.js. */
  time: { testMatch: ['<rootDir>/tests/time/**/*.test.ts'] },
  /** Clients and servers that others wrote; each test says what it needs installed. */
  foreign: { testMatch: ['<rootDir>/tests/foreign/**/*.test.ts'] },
};

module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.keelson'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
    // The one dependency that ships as an ES module only: Node requires it, Jest has to compile it.
    'node_modules/any-ascii/.+\\.js$': [
      '@swc/jest',
      { jsc: { target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!any-ascii/)'],
  globalSetup: '<rootDir>/tests/setup/global-setup.ts',
  globalTeardown: '<rootDir>/tests/setup/global-teardown.ts',
  runtime: '<rootDir>/tests/setup/shared-code.js',
  testSequencer: '<rootDir>/tests/setup/longest-first.js',
  testTimeout: 60_000,
  maxWorkers: 2,
  ...suites[process.env.KEELSON_TEST_SUITE ?? 'main'],
};
