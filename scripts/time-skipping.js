'use strict';
/**
 * What `npm run test:time` needs beside Node: Java for Temporal's time-skipping server, Maven to bring that server
 * once, and libfaketime, through which every other process of the run reads a clock that the test moves on.
 */
const { spawnSync } = require('node:child_process');
const {
  existsSync,
  mkdirSync,
  chmodSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const pom = path.resolve(__dirname, '..', 'tests', 'time', 'pom.xml');

/** Everything that is missing on this machine, with the Debian package that brings it; empty when all is there. */
function missing() {
  const lacks = [];
  if (process.platform !== 'linux') lacks.push('Linux: libfaketime is preloaded into processes');
  if (!runs('java', '-version')) lacks.push('java: apt-get install default-jre-headless');
  if (!existsSync(jarsDir()) && !runs('mvn', '--version'))
    lacks.push('mvn, once, to fetch the time-skipping server: apt-get install maven');
  if (libfaketime() === undefined) lacks.push('libfaketime: apt-get install faketime');
  return lacks;
}

/** Fetches the server when it is not there yet; answers the variables that tests run with. The clock is kept in `dir`. */
function prepare(dir) {
  fetchJars();
  const clock = path.join(dir, 'clock');
  writeFileSync(clock, '+0');
  // PostgreSQL reads it too, which does not run as root.
  chmodSync(dir, 0o755);
  return {
    LD_PRELOAD: libfaketime(),
    FAKETIME_TIMESTAMP_FILE: clock,
    // A moved clock is seen at once, and by the wall clock alone: time-outs and pauses stay as long as they are.
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
    KEELSON_TIME_SKIPPING_SERVER: jarsDir(),
  };
}

function runs(command, argument) {
  return spawnSync(command, [argument], { stdio: 'ignore' }).status === 0;
}

function libfaketime() {
  const roots = ['/usr/lib', '/usr/local/lib', '/usr/lib64'].filter((dir) => existsSync(dir));
  const folders = roots.flatMap((root) => [
    path.join(root, 'faketime'),
    ...readdirSync(root).map((name) => path.join(root, name, 'faketime')),
  ]);
  return folders
    .map((folder) => path.join(folder, 'libfaketimeMT.so.1'))
    .find((file) => existsSync(file));
}

function jarsDir() {
  const [, version] = /temporal-test-server<[^]*?<version>([^<]+)</.exec(readFileSync(pom, 'utf8'));
  return path.join(os.homedir(), '.cache', 'keelson', `temporal-test-server-${version}`);
}

function fetchJars() {
  const dir = jarsDir();
  if (existsSync(dir)) return;
  process.stderr.write('Fetching the time-skipping server with Maven, once, about 40 MB …\n');
  // Moved to its place when whole: an interrupted fetch is not taken for the server.
  const draft = `${dir}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const { status } = spawnSync(
    'mvn',
    ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${draft}`],
    { stdio: ['ignore', 2, 2] },
  );
  if (status !== 0) {
    process.stderr.write('mvn could not fetch the time-skipping server; its output is above.\n');
    process.exit(1);
  }
  renameSync(draft, dir);
}

module.exports = { missing, prepare };
