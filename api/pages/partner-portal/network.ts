import { listPartners, partnerNames, type Partner } from '../../../db/partners';
import { clientCounts } from '../../../db/referral-funnel';
import { definePage } from '../page';
import { partnerOf } from './partner-scope';
import { partnerWords } from './words';

/** More are not drawn; the API lists them page by page. */
const partnersMax = 500;

/** A partner with those below, deepest last: the order in which a tree is read. */
function inTreeOrder(partners: readonly Partner[], root: string): { of: Partner; depth: number }[] {
  const below = new Map<string, Partner[]>();
  for (const partner of [...partners].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const parent = partner.parentId ?? '';
    below.set(parent, [...(below.get(parent) ?? []), partner]);
  }
  const walk = (id: string, depth: number): { of: Partner; depth: number }[] =>
    (below.get(id) ?? []).flatMap((of) => [{ of, depth }, ...walk(of.id, depth + 1)]);
  const own = partners.find(({ id }) => id === root);
  return [...(own ? [{ of: own, depth: 0 }] : []), ...walk(root, 1)];
}

const network = definePage({
  path: '/partner/network',
  auth: { partner: 'network.read' },
  handle: async ({ tx, scope }) => {
    const { partnerId } = partnerOf(scope);
    const found = await listPartners(tx, { limit: partnersMax });
    const counts = await clientCounts(tx);
    const names = await partnerNames(
      tx,
      found.map(({ id }) => id),
    );
    return {
      view: 'partner/network',
      title: 'Network',
      data: {
        partners: inTreeOrder(found, partnerId).map(({ of, depth }) => ({
          id: of.id,
          name: names.get(of.id) ?? of.id,
          isOwn: of.id === partnerId,
          depth: Math.min(depth, 5),
          tier: depth + 1,
          state: partnerWords(of),
          clients: counts.get(of.id) ?? 0,
          since: of.createdAt,
        })),
        isAlone: found.length < 2,
        isCut: found.length === partnersMax,
      },
    };
  },
});

export const networkPages = [network];
