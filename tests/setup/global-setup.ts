import { publishTestServers } from './addresses';
import { type RunningTestServers, startTestServers } from './servers';

declare global {
  var keelsonTestServers: RunningTestServers | undefined;
}

/** Jest runs this once, before all test files. */
export default async function globalSetup(): Promise<void> {
  const running = await startTestServers();
  globalThis.keelsonTestServers = running;
  publishTestServers(running.servers);
}
