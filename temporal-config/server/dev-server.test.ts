import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { devServerArguments } from './dev-server';
import { dynamicConfig } from './dynamic-config';

describe('the development server', () => {
  it('journals ahead of its file, which collapses under load otherwise', () => {
    const args = devServerArguments({ port: 7000, dbFilename: 'x.db' }).join(' ');
    expect(args).toContain('--db-filename x.db --sqlite-pragma journal_mode=WAL');
  });

  it('listens on this machine only', () => {
    expect(devServerArguments({ port: 7000 }).join(' ')).toContain('--ip 127.0.0.1 --port 7000');
  });

  it('has pages only when given a port for them', () => {
    expect(devServerArguments({ port: 7000 })).toContain('--headless');
    expect(devServerArguments({ port: 7000, uiPort: 7001 })).not.toContain('--headless');
  });

  it('runs with the dynamic configuration of production', () => {
    const file = path.join(__dirname, '..', 'production', 'dynamic-config.yaml');
    const production = parse(readFileSync(file, 'utf8')) as Record<string, [{ value: unknown }]>;
    const values = Object.entries(production).map(([key, [{ value }]]) => [key, value]);
    expect(Object.fromEntries(values)).toEqual(dynamicConfig);
  });
});
