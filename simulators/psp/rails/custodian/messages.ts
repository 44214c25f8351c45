import { type Change } from '../../../journal/journal';
import { announce, type Psp } from '../../psp';
import { wireId } from '../../cards/objects';
import { major } from '../amounts';
import { type Happening, type Sending } from '../book';

/** A transfer as the custodian shows it: who gets it stays with the custodian. */
export function transferObject(sending: Sending): object {
  const { id, reference, amountMinor, currency, status, code, facts } = sending;
  return {
    id,
    reference,
    token: currency,
    chain: facts.chain,
    amount: major(amountMinor, currency),
    status: { accepted: 'queued', paid: 'confirmed', returned: 'failed' }[status],
    transactionHash: status === 'paid' ? (facts.hash ?? null) : null,
    reason: code === '' ? null : code,
  };
}

/** What the custodian tells its customer of: every state of a transfer. */
export function tell(psp: Psp, happening: Happening): Change[] {
  if (happening.kind !== 'payout') return [];
  const id = wireId('cev');
  return announce(psp, {
    side: 'custodian',
    id,
    type: `transfer.${happening.row.status}`,
    body: { id, createdAt: new Date().toISOString(), transfer: transferObject(happening.row) },
  });
}
