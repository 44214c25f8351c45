import { openStage, type Stage } from '../processes/stage';
import { assertWeathered, runStorm } from './storm';

/** STORM_PAYMENTS (default 1,800: with ten messages each and a tenth of them twice, 20,000) makes it shorter. */
const payments = Number(process.env['STORM_PAYMENTS'] ?? 1_800);
/** Providers give up and send again after some ten seconds; Stripe counts an answer as slow after a few. */
const p99MsMax = 1_000;
const msMax = 5_000;

describe('a storm of webhooks', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);

  afterAll(() => stage.close(), 900_000);

  it('credits every payment once, and answers every message soon', async () => {
    const size = { payments, declines: 4, duplicates: 0.1, disordered: 0.1, workersSleep: true };
    const report = await runStorm(stage, size);
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    assertWeathered(report);
    expect(report.sent).toBe(Math.round((payments * 10) / 0.9));
    expect(report.ms.p99).toBeLessThanOrEqual(p99MsMax);
    expect(report.ms.max).toBeLessThanOrEqual(msMax);
  }, 3_600_000);

  it('leaves books that agree with the provider, and nothing that waits for nothing', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
