import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { transformSync } from '@swc/core';

const root = path.resolve(__dirname, '..', '..');

/** One line of one file of the product, and what stands in its place. */
export interface BrokenLine {
  readonly file: string;
  readonly line: string;
  readonly becomes: string;
}

/** Loads one module as `loadAllBroken` does. */
export function loadBroken<Module>(entry: string, broken: BrokenLine): Module {
  return loadAllBroken<{ readonly module: Module }>({ module: entry }, broken).module;
}

/**
 * Loads modules of the product anew from source, with one line of one file replaced. Everything they import
 * from the product is loaded with them, once; packages are the real ones.
 * @throws when the file has no such line, so that a guard that was moved is looked for again.
 */
export function loadAllBroken<Modules>(
  entries: { readonly [Name in keyof Modules]: string },
  broken: BrokenLine,
): Modules {
  const loaded = new Map<string, Record<string, unknown>>();
  const outside = createRequire(__filename);
  let isBroken = false;
  const load = (file: string): Record<string, unknown> => {
    const present = loaded.get(file);
    if (present !== undefined) return present;
    let source = readFileSync(file, 'utf8');
    if (path.relative(root, file) === broken.file) {
      if (!source.includes(broken.line))
        throw new Error(`${broken.file} has no such line: ${broken.line}`);
      source = source.replace(broken.line, () => broken.becomes);
      isBroken = true;
    }
    const { code } = transformSync(source, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    const exported: Record<string, unknown> = {};
    loaded.set(file, exported);
    const requireFrom = (name: string): unknown =>
      name.startsWith('.') ? load(`${path.join(path.dirname(file), name)}.ts`) : outside(name);
    new Function('exports', 'require', code)(exported, requireFrom);
    return exported;
  };
  const modules = Object.fromEntries(
    Object.entries<string>(entries).map(([name, entry]) => [name, load(path.join(root, entry))]),
  );
  if (!isBroken) throw new Error(`nothing that was loaded imports ${broken.file}`);
  return modules as Modules;
}
