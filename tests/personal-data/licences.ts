import type { Colleague } from './colleagues';
import type { House } from './house';

/** For tests only: a legal entity is asked for. Words about it are the house's own business. */

/** Fields that only take words of a list. */
const fixed = {
  countries: ['AE'],
  currencies: ['USD'],
  groups: { platform: 'mt5', server: 'mt5', accountType: 'standard', currency: 'USD' },
};

export async function proposeEntity({ api, markers }: House, { token }: Colleague): Promise<void> {
  const by = 'POST /api/v1/entity-proposals';
  const word = (field: string) => markers.word(`${by} ${field}`);
  await api.must('POST', '/api/v1/entity-proposals', {
    token,
    body: {
      code: 'gulf',
      legalName: `${word('legalName')} Ltd`,
      regulator: word('regulator'),
      licence: word('licence'),
      jurisdiction: 'AE',
      countries: fixed.countries,
      currencies: fixed.currencies,
      brand: {
        name: word('brand.name'),
        colour: '#7a4a12',
        postalAddress: `1 ${word('brand.postalAddress')} Road`,
        supportEmail: markers.email(`${by} brand.supportEmail`),
        mailFrom: markers.email(`${by} brand.mailFrom`),
      },
      bankAccounts: [
        {
          currency: 'USD',
          holder: word('bankAccounts[].holder'),
          bank: word('bankAccounts[].bank'),
          iban: markers.iban(`${by} bankAccounts[].iban`),
          bic: markers.bic(`${by} bankAccounts[].bic`),
        },
      ],
      groups: [{ ...fixed.groups, group: 'real\\off-usd-std', leverage: 100 }],
      legalTexts: [{ title: word('legalTexts[].title'), text: word('legalTexts[].text') }],
    },
  });
}

/** A new version of an agreement, whose words are the house's own business, too. */
export async function proposeAgreement(
  { api, markers }: House,
  { token }: Colleague,
): Promise<void> {
  const by = 'POST /api/v1/entities/{id}/agreements';
  const word = (field: string) => markers.word(`${by} ${field}`);
  await api.must('POST', '/api/v1/entities/{id}/agreements', {
    token,
    params: { id: 'cy' },
    body: {
      code: word('code').toLowerCase(),
      texts: [{ locale: 'en', title: word('texts[].title'), text: word('texts[].text') }],
      reaccept: false,
      graceDays: 30,
      effectiveFrom: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
    },
  });
}

/** The same of one that is there: nobody approves it, so the house stays what it is. */
export async function changeEntity({ api, markers }: House, { token }: Colleague): Promise<void> {
  const by = 'POST /api/v1/entities/{id}/edits';
  const word = (field: string) => markers.word(`${by} ${field}`);
  await api.must('POST', '/api/v1/entities/{id}/edits', {
    token,
    params: { id: 'off' },
    body: {
      legalName: `${word('legalName')} Ltd`,
      regulator: word('regulator'),
      licence: word('licence'),
      currencies: ['USD', 'EUR'],
      brand: {
        name: word('brand.name'),
        colour: '#7a4a12',
        postalAddress: `1 ${word('brand.postalAddress')} Road`,
        supportEmail: markers.email(`${by} brand.supportEmail`),
        mailFrom: markers.email(`${by} brand.mailFrom`),
      },
      version: 1,
    },
  });
}
