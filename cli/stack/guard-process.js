'use strict';
/**
 * Ends the children of a supervisor that died without ending them itself (SIGKILL, power of the
 * OOM killer). It learns the children's process ids on standard input, one line each, and acts when
 * that input closes: `watch <pid> <signal>`, `forget <pid>`. Servers that are not ours
 * (PostgreSQL, Temporal) cannot watch their parent; this does it for them.
 */
const watched = new Map();
const graceMs = 10_000;
let rest = '';

// The terminal's Ctrl-C reaches this process too; it must outlive the supervisor's own clean-up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    const [verb, pid, signal] = line.split(' ');
    if (verb === 'watch') watched.set(Number(pid), signal);
    if (verb === 'forget') watched.delete(Number(pid));
  }
});

process.stdin.on('end', () => {
  if (watched.size === 0) return;
  for (const [pid, signal] of watched) send(pid, signal);
  const deadline = Date.now() + graceMs;
  const timer = setInterval(() => {
    for (const pid of watched.keys()) if (!send(pid, 0)) watched.delete(pid);
    if (watched.size > 0 && Date.now() < deadline) return;
    for (const pid of watched.keys()) send(pid, 'SIGKILL');
    clearInterval(timer);
  }, 100);
});

function send(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
