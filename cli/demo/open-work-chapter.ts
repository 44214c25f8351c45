import { apply } from './applicants';
import { text, until } from './http';
import { inState } from './money';
import { applicants, type Client } from './onboarding-chapter';
import type { Report } from './report';
import type { World } from './world';

/** Two things that wait for a person, so that whoever logs in afterwards finds work in the inbox. */
export async function leaveWork(world: World, report: Report, dora: Client): Promise<void> {
  report.chapter('Left open for whoever logs in');
  const { fred } = applicants(world);
  const applied = await apply(world, fred);
  const bank = await dora.person.post('/api/v1/payment-sources', {
    holderName: 'Dora Coast',
    country: 'DE',
    iban: 'DE02120300000000202051',
  });
  const made = await dora.person.post('/api/v1/withdrawals', {
    amount: { amount: '1500.00', currency: 'USD' },
    bankAccountId: text(bank, 'id'),
  });
  const withdrawal = await inState(dora.person, `/api/v1/withdrawals/${text(made, 'id')}`, [
    'in_review',
  ]);
  const application = await until('the application to be in review', async () => {
    const body = await applied.person.get('/api/v1/me/onboarding');
    return body['state'] === 'in_review' ? body : undefined;
  });
  report.step(
    'an application with an expired passport and a withdrawal after a new bank account wait in the inbox',
    `the clients read "${String(application['state'])}" and "${String(withdrawal['state'])}"`,
  );
  report.record('open', { application: application['state'], withdrawal: withdrawal['state'] });
}
