import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postJson } from '../../simulators/http/receiver';
import { startMail, type MailSimulator } from '../../simulators/mail/simulator';
import { type MailSender } from './port';
import { createSmtpSender } from './smtp';

let catcher: MailSimulator;
let sender: MailSender;
let count = 0;

beforeAll(async () => {
  catcher = await startMail({ data: mkdtempSync(join(tmpdir(), 'mail-')) });
  sender = connect(catcher.addresses.smtp);
});

afterEach(async () => {
  await fetch(`${catcher.addresses.control}/faults`, { method: 'DELETE' });
});

afterAll(() => catcher.close());

const connect = (url: string) =>
  createSmtpSender({ url, messageIdDomain: 'keelson.example', timeoutMs: 1_000 });

const fault = (body: object) => postJson(`${catcher.addresses.control}/faults`, body);

function mail(overrides: object = {}) {
  count += 1;
  return {
    id: `mail_${count}`,
    from: { name: 'Harbour Markets', address: 'no-reply@harbour.example' },
    to: `reader${count}@example.com`,
    subject: 'Grüße — 你好',
    text: 'Hello\n.\nA line with a dot: https://harbour.example/x?a=1&b=2',
    html: '<p>Hello <a href="https://harbour.example/x?a=1&amp;b=2">there</a></p>',
    ...overrides,
  };
}

interface Listed {
  id: string;
  messageId: string;
  subject: string;
}

async function caughtFor(to: string): Promise<Listed[]> {
  const response = await fetch(`${catcher.addresses.web}/messages?to=${encodeURIComponent(to)}`);
  return ((await response.json()) as { messages: Listed[] }).messages;
}

it('delivers subject, text, HTML and links unharmed, under a Message-ID made of our id', async () => {
  const sent = mail({ headers: { 'X-Keelson-Kind': 'verify_email' } });
  expect(await sender.send(sent)).toEqual({
    kind: 'done',
    messageId: `<${sent.id}@keelson.example>`,
  });
  const [listed] = await caughtFor(sent.to);
  expect(listed).toMatchObject({
    subject: sent.subject,
    messageId: `<${sent.id}@keelson.example>`,
  });
  const response = await fetch(`${catcher.addresses.web}/messages/${listed?.id}`);
  expect(await response.json()).toMatchObject({
    text: expect.stringContaining('\n.\nA line with a dot'),
    html: expect.stringContaining('<p>Hello'),
    links: ['https://harbour.example/x?a=1&b=2'],
    headers: { 'x-keelson-kind': 'verify_email', 'auto-submitted': 'auto-generated' },
  });
});

it('is unknown when the answer is lost after the text was taken, and a second copy is known by its id', async () => {
  await fault({ kind: 'lose_reply_after_accept' });
  const sent = mail();
  expect(await sender.send(sent)).toMatchObject({ kind: 'unknown' });
  expect(await sender.send(sent)).toMatchObject({ kind: 'done' });
  const copies = await caughtFor(sent.to);
  expect(copies).toHaveLength(2);
  expect(new Set(copies.map((copy) => copy.messageId)).size).toBe(1);
});

it('is unknown when the server is silent after the text', async () => {
  await fault({ kind: 'slow', ms: 2_000 });
  expect(await sender.send(mail())).toMatchObject({ kind: 'unknown' });
});

it.each([
  ['refuse', '554', false],
  ['refuse_recipient', '550', false],
  ['temp_fail', '451', true],
])('is refused after %s with %s (may be sent again: %s)', async (kind, code, notSent) => {
  await fault({ kind });
  const sent = mail();
  expect(await sender.send(sent)).toMatchObject({ kind: 'refused', code, notSent });
  expect(await caughtFor(sent.to)).toHaveLength(0);
});

it('is refused, and was not sent, when nobody listens', async () => {
  const outcome = await connect('smtp://127.0.0.1:1').send(mail());
  expect(outcome).toMatchObject({ kind: 'refused', notSent: true });
});

it('is refused, and was not sent, when the server never greets', async () => {
  const mute = createServer(() => undefined);
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const address = mute.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const outcome = await connect(`smtp://127.0.0.1:${port}`).send(mail());
  expect(outcome).toMatchObject({ kind: 'refused', notSent: true });
  mute.close();
});

it.each([
  { to: 'a@example.com, b@example.com' },
  { to: 'a@example.com\r\nBcc: b@example.com' },
  { subject: 'x\r\nBcc: b@example.com' },
  { headers: { 'X-A': 'x\nBcc: b@example.com' } },
])('never sends a mail whose headers would carry more than one line: %j', async (overrides) => {
  expect(await sender.send(mail(overrides))).toMatchObject({
    kind: 'refused',
    code: 'invalid_mail',
  });
});

it('names no address in any outcome', async () => {
  await fault({ kind: 'refuse_recipient', message: 'no mailbox reader@example.com' });
  const outcome = await sender.send(mail());
  expect(JSON.stringify(outcome)).not.toContain('@example.com');
});
