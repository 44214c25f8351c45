'use strict';
/**
 * Entry of every npm script. Plain JavaScript without dependencies, so that it works in a fresh
 * clone: checks Node, installs what is missing, then runs the program in this same process; tests
 * run in a process of their own.
 */
const { spawn, spawnSync } = require('node:child_process');
const { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const nodeVersionMin = [20, 19];

/** Programs in TypeScript, run from source; `args` come before those of the command line. */
const programs = {
  start: { file: 'cli/start.ts' },
  demo: { file: 'cli/demo.ts' },
  keelson: { file: 'cli/main.ts' },
  doctor: { file: 'cli/main.ts', args: ['doctor'] },
  reset: { file: 'cli/main.ts', args: ['reset'] },
  simulator: { file: 'simulators/main.ts' },
  openapi: { file: 'api/openapi-write.ts' },
  pictures: { file: 'scripts/pictures.ts', needs: 'chromium' },
  bench: { file: 'bench/main.ts' },
};

/** Test commands; the suite's name selects the files in jest.config.js. */
const suites = {
  test: { suite: 'main' },
  'test:faults': { suite: 'faults' },
  'test:replay': { suite: 'replay' },
  'test:browser': { suite: 'browser', needs: 'chromium' },
  'test:foreign': { suite: 'foreign' },
  'test:kills': { suite: 'kills' },
  'test:storm': { suite: 'storm' },
  'test:settlement': { suite: 'settlement' },
  'test:time': { suite: 'time', needs: 'time skipping' },
};

main();

function main() {
  const [name = '', ...args] = process.argv.slice(2);
  const program = programs[name];
  const test = suites[name];
  checkNode();
  if (!program && !test && name !== 'install') {
    fail(
      `usage: node scripts/run.js ${[...Object.keys(programs), ...Object.keys(suites)].join(' | ')}`,
    );
  }
  process.chdir(root);
  if (!isInstalled()) {
    // The doctor examines and changes nothing.
    if (name === 'doctor')
      fail('FAIL  dependencies: node_modules is missing or old\n      Run: npm ci', 1);
    install();
  }
  if (name === 'install') return;
  if ((program ?? test).needs === 'chromium') checkChromium();
  if ((program ?? test).needs === 'time skipping') checkTimeSkipping();
  if (program) runProgram(program, args);
  else runTests(test.suite, args);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [majorMin, minorMin] = nodeVersionMin;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  fail(
    `Node.js ${majorMin}.${minorMin} or newer is needed; this is ${process.version}. See https://nodejs.org/en/download`,
    1,
  );
}

/**
 * Whether node_modules holds what package-lock.json says. npm keeps a lock of what it has installed;
 * the files' times say nothing, since a checkout changes them.
 */
function isInstalled() {
  const readPackages = (file) => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '{}';
    return JSON.parse(text).packages ?? {};
  };
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  const present = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(wanted).every(([location, { version, optional, devOptional }]) => {
    // Optional packages are for other systems, as a rule.
    if (location === '' || ((optional || devOptional) && !present[location])) return true;
    return present[location]?.version === version;
  });
}

function install() {
  process.stderr.write('Installing dependencies (npm ci), about half a minute …\n');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) fail('npm ci failed; its output is above.', 1);
}

function checkChromium() {
  if (existsSync('/usr/bin/chromium')) return;
  fail('/usr/bin/chromium is missing: apt-get install chromium (Debian package chromium)', 1);
}

function checkTimeSkipping() {
  const lacks = require('./time-skipping').missing();
  if (lacks.length > 0)
    fail(['test:time needs, and this machine lacks:', ...lacks].join('\n  '), 1);
}

function runProgram(program, args) {
  const file = path.join(root, program.file);
  if (!existsSync(file)) fail(`${program.file} is not there.`, 1);
  process.argv = [process.argv[0], file, ...(program.args ?? []), ...args];
  process.setSourceMapsEnabled(true);
  require('./typescript');
  require(file);
}

/** Jest runs beside this process, so that the counts are the last line however it ends. */
function runTests(suite, args) {
  const tally = require('./tally');
  const record = path.join(mkdtempSync(path.join(tmpdir(), 'keelson-record-')), 'record');
  const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const timeSkipping =
    suite === 'time' ? require('./time-skipping').prepare(path.dirname(record)) : {};
  const reporters = ['--reporters=default', `--reporters=${path.join(__dirname, 'tally.js')}`];
  const child = spawn(process.execPath, [jest, ...args, ...reporters], {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...timeSkipping,
      KEELSON_TEST_SUITE: suite,
      KEELSON_TEST_RECORD: record,
    },
  });
  // A Ctrl-C in the terminal reaches Jest too, which then ends its servers.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  child.once('close', (code) => {
    const counts = tally.sum(record);
    if (process.env.KEELSON_TEST_TALLY) {
      appendFileSync(process.env.KEELSON_TEST_TALLY, `${counts.passed} ${counts.failed}\n`);
    }
    rmSync(path.dirname(record), { recursive: true, force: true });
    process.stdout.write(`${tally.line(counts)}\n`);
    process.exitCode = code ?? 1;
  });
}

function fail(message, code = 2) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
