import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { testServers } from './addresses';

/**
 * Gives a trading server's simulator, before it starts, the certificate that was made once for the run. Without it
 * the simulator makes one of its own, which takes a third of the time in which it starts.
 */
export function giveTls(dataDir: string): void {
  const { simulatorTls } = testServers();
  if (simulatorTls === undefined) return;
  const folder = path.join(dataDir, 'tls');
  mkdirSync(folder, { recursive: true });
  copyFileSync(simulatorTls, path.join(folder, path.basename(simulatorTls)));
}
