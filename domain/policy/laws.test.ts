import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { transformSync } from '@swc/core';
import * as compile from './compile';
import * as evaluate from './evaluate';
import * as layers from './layers';
import { type PolicyModules, policyLaws } from './laws';
import * as truth from './truth';
import * as version from './version';

describe('the laws of policies', () => {
  it.each(Object.entries(policyLaws))('%s', (_name, law) => {
    law({ truth, compile, evaluate, layers, version });
  });
});

/** A guarded line, and what it becomes. */
const broken: readonly (readonly [file: string, line: string, becomes: string])[] = [
  ['truth.ts', "return values.includes('unknown') ? 'unknown' : 'true';", "return 'true';"],
  ['truth.ts', "return values.includes('unknown') ? 'unknown' : 'false';", "return 'false';"],
  [
    'truth.ts',
    "if (values.includes('error')) return 'error';\n  if (values.includes('false'))",
    "if (values.includes('false'))",
  ],
  [
    'truth.ts',
    "if (values.includes('error')) return 'error';\n  if (values.includes('true'))",
    "if (values.includes('true'))",
  ],
  ['truth.ts', "if (value === 'false') return 'true';", "if (value !== 'true') return 'true';"],
  [
    'compile.ts',
    "return { ...head, seen: null, result: 'unknown' };",
    "return { ...head, seen: null, result: 'false' };",
  ],
  [
    'compile.ts',
    "if (problem !== null) return { ...head, seen, result: 'error', problem: `${fact} ${problem}` };",
    "if (problem !== null) return { ...head, seen, result: 'false' };",
  ],
  ['compile.ts', 'result: notOf(of.result)', 'result: of.result'],
  [
    'evaluate.ts',
    'if (value === undefined || value === null) {\n      missing.add(fact);',
    'if (value === undefined || value === null) {',
  ],
  ['evaluate.ts', "if (traced.result === 'unknown') {", 'if (missing.size < 0) {'],
  ['evaluate.ts', "if (traced.result === 'error')", 'if (missing.size < 0)'],
  [
    'kind.ts',
    'person && gravity(gravest) > gravity(defaults.person) ? defaults.person : gravest',
    'gravest',
  ],
  ['layers.ts', 'if (present.mandatory === true) {', "if (present.id === '') {"],
  ['version.ts', 'if (tookPart(version, command.by))', "if (command.by === '')"],
  ['version.ts', 'version.submittedBy === person', 'false'],
  [
    'version.ts',
    "requireState(version, command.type, ['submitted']);\n      fresh(version, command.expectedRevision);",
    'fresh(version, command.expectedRevision);',
  ],
  [
    'version.ts',
    "...version,\n        state: 'draft',\n        revision: version.revision + 1,",
    '...version,\n        revision: version.revision + 1,',
  ],
];

describe('a broken line is noticed', () => {
  it.each(broken)('%s: %s', (file, line, becomes) => {
    const modules = loadBroken(file, line, becomes);
    const noticed = Object.values(policyLaws).some((law) => {
      try {
        law(modules);
        return false;
      } catch {
        return true;
      }
    });
    expect(noticed).toBe(true);
  });
});

/** The policy modules loaded anew from source with one line replaced. */
function loadBroken(file: string, line: string, becomes: string): PolicyModules {
  const loaded = new Map<string, Record<string, unknown>>();
  const outside = createRequire(__filename);
  const load = (path: string): Record<string, unknown> => {
    const present = loaded.get(path);
    if (present !== undefined) return present;
    const source = readFileSync(path, 'utf8');
    const mutated = relative(__dirname, path) === file;
    if (mutated && !source.includes(line)) throw new Error(`${file} has no such line: ${line}`);
    const { code } = transformSync(mutated ? source.replace(line, becomes) : source, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    const exported: Record<string, unknown> = {};
    loaded.set(path, exported);
    const requireFrom = (name: string): unknown =>
      name.startsWith('.') ? load(`${join(dirname(path), name)}.ts`) : outside(name);
    new Function('exports', 'require', code)(exported, requireFrom);
    return exported;
  };
  const of = (name: string): unknown => load(join(__dirname, `${name}.ts`));
  return {
    truth: of('truth'),
    compile: of('compile'),
    evaluate: of('evaluate'),
    layers: of('layers'),
    version: of('version'),
  } as PolicyModules;
}
