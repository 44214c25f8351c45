const tseslint = require('typescript-eslint');
const prettier = require('eslint-config-prettier');

const asyncValidator = {
  selector:
    "CallExpression[callee.name='setHandler'] Property[key.name='validator'] > [async=true]",
  message: 'An async validator rejects nothing and wedges the workflow.',
};

/** `as` believes instead of asking (docs/decisions/0020); `as const` and what JSON.parse answers are no belief. */
const assertion = {
  selector:
    "TSAsExpression:not([typeAnnotation.typeName.name='const']):not([expression.callee.object.name='JSON'])",
  message: 'Ask with a schema or a type guard (domain/record.ts); a parser says why it may assert.',
};

/**
 * A transaction has one connection and one scope: while one branch is the system for a moment, every other is, too.
 * `atOnce` (db/at-once.ts) sends reads together where that cannot be.
 */
const togetherInTransaction = {
  selector:
    "CallExpression[callee.object.name='Promise'][callee.property.name=/^(all|allSettled|race|any)$/] CallExpression > :matches(Identifier[name=/^(tx|system|trx)$/], MemberExpression[object.name=/^(tx|system|trx)$/])",
  message: 'Read with atOnce (db/at-once.ts), or one after the other (db/in-turn.ts).',
};

/** Folders a folder may import from, itself apart. Whatever is not listed is forbidden (docs/architecture.md). */
const mayImport = {
  domain: [],
  db: ['domain', 'temporal-config'],
  connectors: ['domain'],
  'temporal-config': [],
  activities: ['domain', 'db', 'connectors', 'temporal-config'],
  workflows: ['domain', 'temporal-config'],
  workers: ['domain', 'db', 'connectors', 'activities', 'workflows', 'temporal-config'],
  api: ['domain', 'db', 'connectors', 'temporal-config'],
  cli: ['domain', 'db', 'connectors', 'temporal-config'],
  simulators: [],
};
const folders = Object.keys(mayImport);

const folderRules = folders.map((folder) => {
  const forbidden = folders.filter(
    (other) => other !== folder && !mayImport[folder].includes(other),
  );
  const patterns = [
    {
      regex: `^(\\.\\./)+(${forbidden.join('|')})(/|$)`,
      message: `${folder}/ may import only from: ${[folder, ...mayImport[folder]].join(', ')}.`,
    },
  ];
  if (folder === 'workflows') {
    patterns.push(
      {
        regex: '^(\\.\\./)+activities(/|$)',
        allowTypeImports: true,
        message: 'workflows/ imports only the types of activities/.',
      },
      {
        regex:
          '^node:|^(fs|path|crypto|http|https|net|os|child_process|stream|timers|zlib|worker_threads)$',
        message: 'No Node builtins in workflows/: they run in the deterministic sandbox.',
      },
      {
        regex: '^@temporalio/(client|worker|activity|testing)',
        message: 'workflows/ may use @temporalio/workflow and @temporalio/common only.',
      },
      { regex: '^(zod|knex|pg)$', message: 'Keep this out of the workflow bundle.' },
    );
    patterns[0].regex = `^(\\.\\./)+(${forbidden.filter((f) => f !== 'activities').join('|')})(/|$)`;
  }
  if (folder === 'domain') {
    patterns.push(
      {
        regex: '^(node:)?(fs|http|https|net|child_process|os|timers)(/|$)',
        message: 'domain/ is pure: no I/O.',
      },
      { regex: '^(@temporalio/|knex|pg|express)', message: 'domain/ knows no framework.' },
    );
  }
  return {
    files: [`${folder}/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
});

/**
 * Workers of a test belong to a stage, which replays what they did when it closes. Who starts the product otherwise
 * is listed here and calls `replayStack` or `replayAll` itself.
 */
const testWorkers = {
  files: ['tests/**/*.ts'],
  ignores: [
    'tests/processes/stage.ts',
    'tests/time/*.ts',
    'tests/kills/operations.test.ts',
    'tests/foreign/schemathesis/brokerage.ts',
    'tests/setup/temporal*.ts',
  ],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: '/workers/run$|/stack/start-stack$',
            allowTypeImports: true,
            message:
              'Open a stage (tests/processes/stage.ts): it replays the histories that it leaves.',
          },
          {
            regex: '^@temporalio/worker$',
            importNames: ['Worker'],
            allowTypeImports: true,
            message:
              'Open a stage (tests/processes/stage.ts): it replays the histories that it leaves.',
          },
        ],
      },
    ],
  },
};

module.exports = tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '.keelson/**', 'coverage/**', 'api/public/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      'no-restricted-syntax': ['error', asyncValidator],
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { '@typescript-eslint/no-require-imports': 'off', 'no-undef': 'off' },
  },
  ...folderRules,
  {
    files: folders.filter((folder) => folder !== 'simulators').map((folder) => `${folder}/**/*.ts`),
    ignores: ['**/*.test.ts', '**/testing/**'],
    rules: { 'no-restricted-syntax': ['error', asyncValidator, assertion, togetherInTransaction] },
  },
  testWorkers,
  {
    files: ['workflows/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'Buffer', 'fetch', 'setInterval', 'require'],
      'no-restricted-properties': [
        'error',
        {
          object: 'Math',
          property: 'random',
          message: 'Replaced by the sandbox, but ids come from activities.',
        },
      ],
    },
  },
  prettier,
);
