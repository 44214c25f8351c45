import { createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVerifier, type VerifierSimulator } from '../../../simulators/verifier/verifier';
import { SecretFileError } from '../../secret-file';
import { WebhookRejected } from '../../psp/messages';
import { verifiersOf } from '../configured';
import type { CheckOrder } from '../port';
import { findingOf } from './labels';
import { createSumsubVerifier } from './sumsub';

const webhookSecret = 'a secret of this test';
const verifier = createSumsubVerifier({
  ...{ name: 'sumsub', kind: 'sumsub', apiUrl: 'http://127.0.0.1:9', appToken: 'sbx:x' },
  ...{ secretKey: 'another secret of it', webhookSecret },
});

const reviewed = {
  applicantId: '5cb744200a975a67ed1798a4',
  inspectionId: '5cb744200a975a67ed1798a5',
  correlationId: 'req-1',
  externalUserId: 'idc_1',
  levelName: 'basic-kyc-level',
  type: 'applicantReviewed',
  reviewStatus: 'completed',
  createdAtMs: '2026-11-30 12:30:01.123',
  reviewResult: {
    reviewAnswer: 'RED',
    rejectLabels: ['SCREENSHOTS'],
    reviewRejectType: 'RETRY',
    clientComment: 'for the house alone',
  },
};

function signed(text: string, secret = webhookSecret, [name, algorithm] = ['SHA256', 'sha256']) {
  const digest = createHmac(algorithm ?? '', secret)
    .update(text)
    .digest('hex');
  return { 'x-payload-digest': digest, 'x-payload-digest-alg': `HMAC_${name}_HEX` };
}

const read = (text: string, headers: Record<string, string> = signed(text)) =>
  verifier.verifyWebhook(Buffer.from(text), headers, '/webhooks/sumsub');

describe('a message of Sumsub', () => {
  const text = JSON.stringify(reviewed);

  it('is read when its digest is right, and is the same message the second time', () => {
    const first = read(text);
    expect(first).toMatchObject({
      type: 'check_answered',
      operationId: 'idc_1',
      occurredAt: new Date('2026-11-30T12:30:01.123Z'),
      finding: { answer: 'retry', reasons: ['DOC_SCREENSHOT'], nearListed: false },
    });
    expect(read(text, signed(text, webhookSecret, ['SHA512', 'sha512']))).toEqual(first);
    expect(read(text.replace('req-1', 'req-2')).eventId).not.toBe(first.eventId);
  });

  it.each<[string, Record<string, string>]>([
    ['the digest of another secret', signed(text, 'somebody else')],
    ['the digest of other bytes', signed(`${text} `)],
    ['SHA-1, which is not believed', signed(text, webhookSecret, ['SHA1', 'sha1'])],
    ['no digest', {}],
    ['an algorithm alone', { 'x-payload-digest-alg': 'HMAC_SHA256_HEX' }],
    ['a name of the language', { ...signed(text), 'x-payload-digest-alg': 'constructor' }],
  ])('is not taken with %s', (_what, headers) => {
    expect(() => read(text, headers)).toThrow(WebhookRejected);
  });

  it.each(['', '[]', '{}', 'null', JSON.stringify({ ...reviewed, createdAtMs: 'tomorrow' })])(
    'that says %j is not taken either',
    (body) => {
      expect(() => read(body)).toThrow(/bad_body/);
    },
  );

  it('that decides nothing is told apart', () => {
    const pending = JSON.stringify({ ...reviewed, type: 'applicantPending' });
    expect(read(pending)).toMatchObject({ type: 'check_moved', operationId: 'idc_1' });
    const { externalUserId: _ours, ...foreign } = reviewed;
    expect(read(JSON.stringify(foreign))).toMatchObject({ type: 'check_moved', operationId: null });
  });
});

describe('what Sumsub found', () => {
  it.each([
    [{ reviewAnswer: 'GREEN' as const }, 'passed', [], false],
    [{ reviewAnswer: 'RED' as const }, 'refused', [], false],
    [
      { reviewAnswer: 'RED' as const, rejectLabels: ['FORGERY', 'SPAM'] },
      ...(['refused', ['SUSPECTED_TAMPERING'], false] as const),
    ],
    [
      { reviewAnswer: 'RED' as const, rejectLabels: ['SANCTIONS'] },
      ...(['refused', [], true] as const),
    ],
    [
      { reviewAnswer: 'RED' as const, rejectLabels: ['TOMORROWS_LABEL'] },
      ...(['refused', [], false] as const),
    ],
  ])('of %j is %s', (result, answer, reasons, nearListed) => {
    expect(findingOf(result)).toMatchObject({ answer, reasons, nearListed });
    expect(findingOf(result).labels).not.toContain('SANCTIONS');
  });
});

describe('an order', () => {
  let simulator: VerifierSimulator;
  let wired: ReturnType<typeof createSumsubVerifier>;

  beforeAll(async () => {
    const data = mkdtempSync(join(tmpdir(), 'verifier-'));
    simulator = await startVerifier({ data });
    const file = join(data, 'verifiers.json');
    writeFileSync(file, JSON.stringify([simulator.addresses.verifier]), { mode: 0o600 });
    const [configured] = verifiersOf({ KEELSON_IDENTITY_VERIFIERS: file });
    if (!configured) throw new Error('no verifier');
    wired = configured;
    chmodSync(file, 0o644);
    expect(() => verifiersOf({ KEELSON_IDENTITY_VERIFIERS: file })).toThrow(SecretFileError);
  });
  afterAll(() => simulator.close());

  const order = (reference: string, more: Partial<CheckOrder> = {}): CheckOrder => ({
    reference,
    level: 'basic-kyc-level',
    person: { name: 'Anna Maria Eriksson', birthDate: '1988-04-17', nationality: 'CY' },
    documents: [
      { kind: 'passport', issuer: 'CY', mediaType: 'image/png', content: Buffer.from([1, 13, 10]) },
    ],
    ...more,
  });

  async function control(path: string, body: object): Promise<void> {
    await fetch(`${simulator.addresses.control}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  it('is one applicant however often it is given, and is found again by our id', async () => {
    const first = await wired.order(order('idc_one'));
    expect(first).toMatchObject({ kind: 'sent' });
    expect(await wired.order(order('idc_one'))).toEqual(first);
    expect(await wired.look('idc_one')).toEqual({ kind: 'waiting' });
    await control('/review', { reference: 'idc_one', answer: 'RED', labels: ['DUPLICATE'] });
    expect(await wired.look('idc_one')).toMatchObject({
      kind: 'answered',
      finding: { answer: 'refused', reasons: ['DUPLICATE_IDENTITY'] },
    });
  });

  it('is refused for a level that there is not, and is unclear while nobody answers well', async () => {
    expect(await wired.order(order('idc_level', { level: 'tomorrow' }))).toMatchObject({
      kind: 'refused',
    });
    for (const kind of ['lose_request', 'error_before_accept', 'rate_limited']) {
      await control('/faults', { kind, operation: 'create' });
      expect(await wired.order(order('idc_bad_day'))).toMatchObject({ kind: 'unknown' });
    }
    expect(await wired.order(order('idc_bad_day'))).toMatchObject({ kind: 'sent' });
    expect(await wired.look('idc_nobody')).toMatchObject({ kind: 'unknown' });
    expect(await verifier.order(order('idc_away'))).toMatchObject({ kind: 'unknown' });
  });
});
