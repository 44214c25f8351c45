import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * For tests only: installs a program from PyPI in a virtual environment of the folder; answers where its
 * programs are.
 */
export function installFromPyPI(folder: string, requirement: string): string {
  const venv = join(folder, 'venv');
  run('python3', ['--version'], 'python3 is missing: apt-get install python3 python3-venv');
  run(
    'python3',
    ['-m', 'venv', venv],
    'python3 cannot make a virtual environment: apt-get install python3-venv',
  );
  const programs = join(venv, 'bin');
  run(
    join(programs, 'python'),
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement],
    `${requirement} cannot be installed: pip must reach PyPI, or PIP_INDEX_URL an index that has it`,
  );
  return programs;
}

/** For tests only: installs a package of npm in the folder, without its scripts. */
export function installFromNpm(folder: string, requirement: string): void {
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-save'];
  run('npm', ['--version'], 'npm is missing: install it with Node.js, https://nodejs.org');
  run(
    'npm',
    ['install', '--prefix', folder, ...flags, requirement],
    `${requirement} cannot be installed: npm must reach its registry, or npm_config_registry one that has it`,
  );
}

/** Runs a step of the installation; what is missing is said in one line. */
function run(program: string, args: readonly string[], needed: string): void {
  try {
    execFileSync(program, args, {
      env: { ...process.env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch (error) {
    throw new Error(needed, { cause: error });
  }
}
