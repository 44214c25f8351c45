import { evaluate } from '../../../domain/policy/evaluate';
import type { Client } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { readEntity } from '../../../db/entities';
import { effectivePolicy } from '../../../db/policies';

export interface Offer {
  readonly accountType: string;
  readonly currency: string;
  readonly leverage: number;
}

/** The accounts that policy would open for the client: what would be refused is not offered. */
export async function accountOffers(tx: Tx, client: Client): Promise<Offer[]> {
  const { entityId } = client;
  const { compiled } = await effectivePolicy(tx, 'account.provisioning', { entityId });
  const { accountTypes, currencies } = compiled.effective.parameters;
  const entity = await readEntity(tx, entityId);
  const offered = currencies.filter((currency) => entity.currencies.includes(currency));
  return accountTypes.flatMap((accountType) =>
    offered.flatMap((currency): Offer[] => {
      const { outcome } = evaluate(compiled, {
        'client.jurisdiction': client.residence,
        'client.entity': entityId,
        'client.category': client.category,
        'client.approved': true,
        'client.accounts': 0,
        'account.type': accountType,
        'account.currency': currency,
        'account.platform': 'mt5',
      });
      return outcome.decision === 'provision'
        ? [{ accountType, currency, leverage: outcome.leverage }]
        : [];
    }),
  );
}

/** `standard/EUR`: how a form names an offer. */
export function offerName(offer: Pick<Offer, 'accountType' | 'currency'>): string {
  return `${offer.accountType}/${offer.currency}`;
}

export function offerOptions(offers: readonly Offer[]) {
  return offers.map((offer) => ({
    value: offerName(offer),
    label: `${offer.accountType.charAt(0).toUpperCase()}${offer.accountType.slice(1)}, ${offer.currency}, leverage up to 1:${offer.leverage}`,
  }));
}
