import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  claimDataFolder,
  type DataFolder,
  dataFolder,
  dropDataFolder,
  NotOurFolderError,
  prepareDataFolder,
  processBirth,
  runningStack,
  StackRunningError,
} from './data-folder';

describe('the data folder', () => {
  let parent: string;
  let folder: DataFolder;
  beforeEach(async () => {
    parent = mkdtempSync(path.join(os.tmpdir(), 'keelson-data-'));
    folder = dataFolder(path.join(parent, 'data'));
    await prepareDataFolder(folder);
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  it('is open to nobody else', () => {
    for (const dir of [folder.root, folder.secrets, folder.logs]) {
      expect(statSync(dir).mode & 0o777).toBe(0o700);
    }
  });

  it('is not dropped while a stack runs on it', async () => {
    const release = await claimDataFolder(folder, undefined);
    await expect(dropDataFolder(folder)).rejects.toThrow(StackRunningError);
    release();
    await expect(dropDataFolder(folder)).resolves.toBe('dropped');
    expect(existsSync(folder.root)).toBe(false);
    await expect(dropDataFolder(folder)).resolves.toBe('nothing there');
  });

  it('is not dropped when it holds what is not ours', async () => {
    mkdirSync(path.join(folder.root, 'holiday-pictures'));
    await expect(dropDataFolder(folder)).rejects.toThrow(NotOurFolderError);
    expect(existsSync(folder.root)).toBe(true);
  });

  it('is dropped with what an older version kept there', async () => {
    mkdirSync(path.join(folder.root, 'documents'));
    await expect(dropDataFolder(folder)).resolves.toBe('dropped');
  });

  it('is free again when its stack was killed, even if the process id is taken by another', async () => {
    const pid = process.ppid;
    writeFileSync(folder.pidFile, JSON.stringify({ pid, birth: 'another', guard: null }));
    expect(runningStack(folder)).toBeUndefined();
    const birth = processBirth(pid);
    writeFileSync(folder.pidFile, JSON.stringify({ pid, birth, guard: null }));
    expect(runningStack(folder)).toBe(pid);
    await expect(claimDataFolder(folder, undefined)).rejects.toThrow(/runs already/);
  });
});
