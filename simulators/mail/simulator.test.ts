import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMail, type MailAddresses, type MailSimulator } from './simulator';

/** Speaks SMTP by hand, so that what is proved does not rest on a client library. */
function say(smtp: string, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(smtp);
    const socket = createConnection(Number(port), hostname);
    const waiting = [...lines];
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('utf8');
      if (!/^\d{3} .*\r\n$/m.test(chunk.toString('utf8'))) return;
      const next = waiting.shift();
      if (next === undefined) socket.end();
      else socket.write(`${next}\r\n`);
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });
}

const message = (to: string, body: string) => [
  'EHLO test',
  'MAIL FROM:<from@example.com>',
  `RCPT TO:<${to}>`,
  'DATA',
  `From: from@example.com\r\nTo: ${to}\r\nSubject: <script>alert(1)</script>\r\nContent-Type: text/html\r\n\r\n${body}\r\n.`,
  'QUIT',
];

const get = async (url: string) => (await fetch(url)).text();

describe('the mail pages', () => {
  let mail: MailSimulator;
  beforeAll(async () => {
    mail = await startMail({ data: mkdtempSync(join(tmpdir(), 'mail-')) });
    await say(mail.addresses.smtp, message('one@example.com', '<script>steal()</script><p>Hi</p>'));
    await say(mail.addresses.smtp, message('two@example.com', 'second'));
  });
  afterAll(() => mail.close());

  it('list the newest first and filter by recipient', async () => {
    const all = JSON.parse(await get(`${mail.addresses.web}/messages`)) as {
      messages: { to: string[]; receivedAt: string }[];
    };
    expect(all.messages.map((row) => row.to[0])).toEqual(['two@example.com', 'one@example.com']);
    const since = all.messages[0]?.receivedAt ?? '';
    const later = await get(`${mail.addresses.web}/messages?since=${since}&to=TWO@example.com`);
    expect((JSON.parse(later) as { messages: unknown[] }).messages).toHaveLength(1);
    expect(await get(`${mail.addresses.web}/?to=one@example.com`)).not.toContain('two@example.com');
  });

  it('never run what a mail carries', async () => {
    expect(await get(mail.addresses.web)).not.toContain('<script>');
    const view = await get(`${mail.addresses.web}/mail/m000001`);
    expect(view).not.toContain('<script>');
    expect(view).toContain('<iframe sandbox');
    const html = await fetch(`${mail.addresses.web}/mail/m000001/html`);
    expect(html.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
  });

  it('answer 404 for mail that is not there and 400 for a bad limit', async () => {
    expect((await fetch(`${mail.addresses.web}/messages/m999999`)).status).toBe(404);
    expect((await fetch(`${mail.addresses.web}/mail/..%2F..%2Fetc%2Fpasswd/raw`)).status).toBe(404);
    expect((await fetch(`${mail.addresses.web}/messages?limit=0`)).status).toBe(400);
  });

  it('do not answer to another name than this machine’s', async () => {
    const { port } = new URL(mail.addresses.web);
    const heard = await new Promise<string>((resolve) => {
      const socket = createConnection(Number(port), '127.0.0.1');
      socket.write('GET /messages HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      socket.on('close', () => resolve(text));
    });
    expect(heard).toContain('421');
  });
});

it('still has every mail it said 250 to after it was killed', async () => {
  const data = mkdtempSync(join(tmpdir(), 'mail-'));
  const code = "require('./simulators/mail/main').main(process.argv.slice(1))";
  const child = spawn(
    process.execPath,
    ['--require', './scripts/typescript.js', '-e', code, '--', '--data', data],
    { cwd: join(__dirname, '../..'), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const line = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')));
  });
  const addresses = JSON.parse(line) as MailAddresses;
  const heard = await say(addresses.smtp, message('kept@example.com', 'kept'));
  expect(heard).toMatch(/250 .*queued|250 OK/i);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  const again = await startMail({ data });
  const found = await get(`${again.addresses.web}/messages?to=kept@example.com`);
  expect((JSON.parse(found) as { messages: unknown[] }).messages).toHaveLength(1);
  await again.close();
});
