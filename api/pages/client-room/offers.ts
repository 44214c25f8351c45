import { platformInWords, typeInWords } from '../../../domain/account/words';
import { evaluate } from '../../../domain/policy/evaluate';
import {
  platformsOffered,
  provisioningFacts,
} from '../../../domain/policy/kinds/account-provisioning';
import type { PlatformKind } from '../../../domain/trading/capabilities';
import { isInstalled } from '../../../db/account-opening';
import type { Client } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { readEntity } from '../../../db/entities';
import { effectivePolicy } from '../../../db/policies';
import { listServers } from '../../../db/servers';

export interface Offer {
  readonly platform: PlatformKind;
  readonly accountType: string;
  readonly currency: string;
  readonly leverage: number;
  readonly demo: boolean;
}

/**
 * The accounts that policy would open for the client, platform by platform: what would be refused is not offered, nor
 * what no server is there for.
 */
export async function accountOffers(tx: Tx, client: Client): Promise<Offer[]> {
  const { entityId } = client;
  const { compiled } = await effectivePolicy(tx, 'account.provisioning', { entityId });
  const { parameters } = compiled.effective;
  const entity = await readEntity(tx, entityId);
  const installed = await listServers(tx);
  const currencies = parameters.currencies.filter((code) => entity.currencies.includes(code));
  const about = {
    residence: client.residence,
    entityId,
    category: client.category,
    approved: true,
    accounts: 0,
    demoAccounts: 0,
  };
  return parameters.accountTypes.flatMap((accountType) =>
    currencies.flatMap((currency) =>
      platformsOffered(parameters).flatMap((platform): Offer[] => {
        const wish = { accountType, currency, platform };
        const { outcome } = evaluate(compiled, provisioningFacts(about, wish));
        if (outcome.decision !== 'provision' || !isInstalled(outcome, installed)) return [];
        return [{ ...wish, leverage: outcome.leverage, demo: outcome.demo }];
      }),
    ),
  );
}

/** The account's fields that decide what else would be offered to its holder. */
type Present = Pick<Offer, 'accountType' | 'currency' | 'platform' | 'demo'>;

/** The other types that policy would give this account where it is. */
export async function typeOffers(tx: Tx, client: Client, present: Present): Promise<Offer[]> {
  return (await accountOffers(tx, client)).filter(
    ({ accountType, currency, platform, demo }) =>
      accountType !== present.accountType &&
      currency === present.currency &&
      platform === present.platform &&
      demo === present.demo,
  );
}

/** The other platforms on which policy has a place for this account; play money does not move. */
export async function platformOffers(
  tx: Tx,
  client: Client,
  present: Present,
): Promise<PlatformKind[]> {
  if (present.demo) return [];
  return (await accountOffers(tx, client)).flatMap(({ accountType, currency, platform, demo }) =>
    accountType === present.accountType &&
    currency === present.currency &&
    platform !== present.platform &&
    !demo
      ? [platform]
      : [],
  );
}

/** `standard/EUR/mt5`: how a form names an offer. */
export function offerName(
  offer: Pick<Offer, 'accountType' | 'currency'> & { readonly platform?: PlatformKind | undefined },
): string {
  return [offer.accountType, offer.currency, ...(offer.platform ? [offer.platform] : [])].join('/');
}

export function offerOptions(offers: readonly Offer[]) {
  return offers.map((offer) => {
    const type = typeInWords(offer.accountType);
    const words = [
      `${type.charAt(0).toUpperCase()}${type.slice(1)}`,
      offer.currency,
      platformInWords(offer.platform),
      ...(offer.demo ? ['play money'] : []),
      `leverage up to 1:${offer.leverage}`,
    ];
    return { value: offerName(offer), label: words.join(', ') };
  });
}
