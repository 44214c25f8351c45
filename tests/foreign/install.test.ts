import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installFromNpm, installFromPyPI } from './install';

/** A machine without the programs, or with ones that do less. */
let folder: string;
const path = process.env['PATH'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foreign-install-'));
  symlinkSync('/bin/sh', join(folder, 'sh'));
  process.env['PATH'] = folder;
});

afterEach(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true, force: true });
});

function provide(program: string, script: string): void {
  writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

describe('a client that cannot be installed', () => {
  it('asks for Python where there is none', () => {
    expect(() => installFromPyPI(folder, 'a-client==1')).toThrow(
      'apt-get install python3 python3-venv',
    );
  });

  it('asks for venv where Python came without it', () => {
    provide('python3', '[ "$1" = --version ]');
    expect(() => installFromPyPI(folder, 'a-client==1')).toThrow('apt-get install python3-venv');
  });

  it('names the package that pip could not get', () => {
    provide(
      'python3',
      [
        '[ "$1" = --version ] && exit 0',
        `/bin/mkdir -p "$3/bin" && printf '#!/bin/sh\\nexit 1\\n' > "$3/bin/python" && /bin/chmod +x "$3/bin/python"`,
      ].join('\n'),
    );
    expect(() => installFromPyPI(folder, 'a-client==1')).toThrow('a-client==1 cannot be installed');
  });

  it('asks for npm where there is none, and names the package that it could not get', () => {
    expect(() => installFromNpm(folder, 'a-client@1')).toThrow('npm is missing');
    provide('npm', '[ "$1" = --version ]');
    expect(() => installFromNpm(folder, 'a-client@1')).toThrow('a-client@1 cannot be installed');
  });
});
