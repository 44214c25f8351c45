'use strict';
const { statSync } = require('node:fs');
const { Script } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** What a worker process has compiled, by file; without a script what Jest has to compile itself. */
const compiled = new Map();

/** What a worker process has read and transformed, by file, with the time of the file. */
const transformed = new Map();

/** Answers what the file is as JavaScript; `transform` is Jest's, with the Map in which it keeps each result. */
function readOnce(filename, transforms, transform) {
  const { mtimeMs } = statSync(filename);
  const known = transformed.get(filename);
  if (known?.mtimeMs === mtimeMs) {
    transforms.set(filename, known.result);
    return known.result;
  }
  transform();
  const result = transforms.get(filename);
  transformed.set(filename, { mtimeMs, result });
  return result;
}

/** A module as a function of what CommonJS gives it; on its own lines, so that stacks and source maps hold. */
function scriptOf(source, filename, parameters) {
  const known = compiled.get(filename);
  if (known?.source === source) return known.script;
  const script = compile(source, filename, parameters);
  compiled.set(filename, { source, script });
  return script;
}

function compile(source, filename, parameters) {
  // `import()` has to know whose modules it loads.
  if (/\bimport\s*\(/.test(source)) return undefined;
  const text = `(function (${parameters.join(', ')}) {\n${source}\n})`;
  try {
    return new Script(text, { filename, lineOffset: -1 });
  } catch {
    return undefined; // Jest compiles it once more, and says what is wrong with it.
  }
}

/**
 * Jest's own runtime, in which a worker process reads and compiles a module once and not again for each test file.
 * Every file still runs every module itself, in a context and a registry of its own: what is shared is code, which
 * never changes. More than a thousand modules stand behind a test of the API or of a process.
 */
class SharedCode extends Runtime {
  constructor(...args) {
    super(...args);
    const { executor, transformCache, _environment: environment, _testPath: testPath } = this;
    const { transforms, sourceMaps } = transformCache;
    const transformAgain = transformCache.transform.bind(transformCache);
    transformCache.transform = (filename, options) => {
      // Jest's own modules, and such as are loaded as ES modules, are few.
      if (options?.isInternalModule || options?.supportsStaticESM)
        return transformAgain(filename, options);
      const { code, sourceMapPath } = readOnce(filename, transforms, () =>
        transformAgain(filename, options),
      );
      if (sourceMapPath) sourceMaps.set(filename, sourceMapPath);
      return code;
    };
    const compileAgain = executor.compile.bind(executor);
    executor.compile = (source, filename) => {
      const context = environment.getVmContext();
      // The test itself is run once.
      if (context === null || filename === testPath) return compileAgain(source, filename);
      const script = scriptOf(source, filename, executor.injectedModuleParameters);
      return script ? script.runInContext(context) : compileAgain(source, filename);
    };
  }
}

module.exports = SharedCode;
