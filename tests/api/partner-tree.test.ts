import { kindsOf } from '../../api/auth/audience';
import { pages } from '../../api/pages';
import { routes } from '../../api/routes';
import { Browser, type Person } from '../../api/testing/api';
import { rows } from '../../db/connection';
import { setStage, shared, type Stage } from './actors';
import { disputeOf, invoiceOf, personOf } from './holdings';
import { placesOf, type Special } from './id-places';

/** What the ids in a path name, where no pattern says it. */
const special: Special = {
  'readPartnerPerson params/id': 'partnerPerson',
  'explainDeal params/ticket': 'ticket',
  'GET /partner/earnings query/ticket': 'ticket',
};

/** Somebody who looks at all that there is for partners, and the ids that must not be in it. */
interface Viewer {
  readonly person: Person;
  readonly own: Readonly<Record<string, string>>;
  readonly foreign: readonly string[];
}

const isForPartners = ({ auth }: Pick<(typeof routes)[number], 'auth'>) =>
  kindsOf(auth).has('partner');
const reads = routes.filter((route) => route.method === 'GET' && isForPartners(route));
const views = pages.flatMap((page) => (page.kind === 'page' && isForPartners(page) ? [page] : []));

let stage: Stage;
const viewers: Record<string, Viewer> = {};

beforeAll(async () => {
  stage = await setStage();
  const [cy, mine, off] = stage.holdings;
  if (!cy || !mine || !off) throw new Error('three hold something');
  const below = await partnerBelow(mine.ids['partner'] ?? '');
  const above = [mine.ids['partner'] ?? '', mine.ids['payout'] ?? '', mine.partner.user.id];
  above.push(mine.ids['partnerInvoice'] ?? '', mine.ids['commissionDispute'] ?? '');
  const kept = new Set(Object.values(mine.ids));
  const others = [cy, off].flatMap(({ ids, client, partner }) => [
    ...Object.entries(ids).flatMap(([kind, id]) =>
      // Short ones are words and numbers, which may stand anywhere.
      shared.has(kind) || kept.has(id) || id.length < 12 ? [] : [id],
    ),
    client.user.id,
    partner.user.id,
  ]);
  for (const { ids } of [cy, off])
    others.push((await partnerBelow(ids['partner'] ?? '')).user.partnerId ?? '');
  const payout = await payoutOf(below);
  const partnerInvoice = await invoiceOf(stage.api, mine.entityId, payout);
  const commissionDispute = await disputeOf(stage.api, below, {
    settlementId: mine.ids['settlement'] ?? '',
    partnerId: below.user.partnerId ?? '',
  });
  viewers['below'] = {
    person: below,
    own: {
      ...{ ...mine.ids, payout, partnerInvoice, commissionDispute },
      partner: below.user.partnerId ?? '',
      partnerPerson: below.user.id,
    },
    foreign: [...others, ...above],
  };
  // The statements of those below are the network's, their invoices and questions are not.
  viewers['top'] = {
    ...{
      person: mine.partner,
      own: mine.ids,
      foreign: [...others, partnerInvoice, commissionDispute],
    },
  };
}, 120_000);

afterAll(() => stage.api.close());

/** The log-in of the partner below. */
async function partnerBelow(parent: string): Promise<Person> {
  const [found] = await stage.api.system((tx) =>
    rows<{ id: string }>(tx, 'select id from partner where parent_id = :parent', { parent }),
  );
  if (!found) throw new Error('nobody is below');
  // Holdings have a number, and so have the addresses of their partners.
  const above = stage.holdings.find(({ ids }) => ids['partner'] === parent)?.partner.email ?? '';
  const number = above.replace(/\D/g, '');
  return personOf(stage.api, found.id, `sub${number}@partners.example`);
}

async function payoutOf({ user }: Person): Promise<string> {
  const [found] = await stage.api.system((tx) =>
    rows<{ id: string }>(tx, 'select id from settlement_payout where partner_id = :id', {
      id: user.partnerId,
    }),
  );
  return found?.id ?? '';
}

/** The address with the viewer's own ids in it, and what a query has to have. */
function addressOf(
  of: { readonly path: string; readonly name: string } & Pick<
    (typeof routes)[number],
    'params' | 'query'
  >,
  own: Viewer['own'],
): string {
  const query = new URLSearchParams();
  let { path } = of;
  for (const { part, path: place, names } of placesOf(of, special).named) {
    const [name = ''] = place;
    const id = own[names] ?? '';
    if (part === 'params') path = path.replace(`:${name}`, encodeURIComponent(id));
    else if (!of.query.shape[name]?.safeParse(undefined).success) query.set(name, id);
  }
  return query.size > 0 ? `${path}?${query.toString()}` : path;
}

const found = (text: string, { foreign }: Viewer): string[] =>
  foreign.filter((id) => text.includes(id));

describe.each(['top', 'below'])('a partner at the %s', (place) => {
  const viewer = (): Viewer => {
    const of = viewers[place];
    if (!of) throw new Error('nobody is there');
    return of;
  };

  it('gets nothing of another tree from any route', async () => {
    const answered: string[] = [];
    for (const route of reads) {
      const address = addressOf({ ...route, name: route.operationId }, viewer().own);
      const { status, text } = await stage.api.call('GET', address, { as: viewer().person });
      expect([address, found(text, viewer())]).toEqual([address, []]);
      if (status === 200) answered.push(route.operationId);
    }
    // Otherwise nothing would have been looked at.
    expect(answered).toEqual(
      expect.arrayContaining(['listPartnerPayouts', 'readPartnerStatement']),
    );
  });

  it('sees nothing of another tree on any page', async () => {
    const browser = new Browser(stage.api.url);
    await browser.logIn('partner', viewer().person.email);
    const seen: string[] = [];
    for (const page of views) {
      const address = addressOf({ ...page, name: `GET ${page.path}` }, viewer().own);
      const { status, text } = await browser.get(address);
      expect([address, found(text, viewer())]).toEqual([address, []]);
      if (status === 200) seen.push(page.path);
    }
    const portal = views.filter(({ auth }) => 'partner' in auth).map(({ path }) => path);
    expect(portal.length).toBeGreaterThan(8);
    expect(portal.filter((path) => !seen.includes(path))).toEqual([]);
  });
});
