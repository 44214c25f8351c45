'use strict';
/**
 * Lets Node run this checkout from source: `node --require ./scripts/typescript.js FILE.ts`. What is compiled is kept
 * beside the dependencies under a hash of its source, so that a process compiles only what has changed since the last
 * one, and reads nothing of the compiler when nothing has. An image has all of it compiled ahead, see `npm run build`.
 */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const cacheDir = path.join(root, 'node_modules', '.cache', 'keelson', 'typescript');

/** The same as jest.config.js has, so that a test and a process run the same code. */
const options = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

/** Another compiler or other options make other code. */
const compilerId = () => {
  const { version } = JSON.parse(readFileSync(require.resolve('@swc/core/package.json'), 'utf8'));
  return JSON.stringify({ version, options });
};
let salt;

Module._extensions['.ts'] = (module, filename) => {
  module._compile(compiled(filename, readFileSync(filename, 'utf8')), filename);
};

/** A source map names the file, so the path is part of what the code hangs on. */
function compiled(filename, source) {
  salt ??= compilerId();
  const hash = createHash('sha1').update(salt).update(filename).update('\0').update(source);
  const file = path.join(cacheDir, hash.digest('hex'));
  const kept = read(file);
  if (kept !== undefined) return kept;
  const { code } = require('@swc/core').transformSync(source, { ...options, filename });
  keep(file, code);
  return code;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Two processes may compile at once: each moves a whole file into place. */
function keep(file, code) {
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(cacheDir, { recursive: true });
    writeFileSync(draft, code);
    renameSync(draft, file);
  } catch {
    // Where nothing may be written, each process compiles for itself.
  }
}
