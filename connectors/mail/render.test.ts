import { mailKinds, type Brand, type MailData, type MailKind } from './kinds';
import { MailNotRendered, renderMail } from './render';

const brand: Brand = {
  name: 'Harbour & Sons',
  colour: '#1f4fd8',
  postalAddress: '1 Quay Street, Limassol',
  supportEmail: 'help@harbour.example',
};
const name = 'Ada <b>Lovelace</b>';
const link = 'https://harbour.example/go?token=abc&x=1';
const expires = '12 May 2031, 10:00 UTC';
const amount = '1234.50';
const currency = 'EUR';
const reference = 'wd_1';

const samples: { [K in MailKind]: MailData[K] } = {
  verify_email: { name, link, expires },
  documents_requested: { name, link, reasons: ['The passport has expired.', 'No <address>.'] },
  application_approved: { name, link },
  application_rejected: { name, reason: 'We do not serve your country.' },
  account_ready: {
    name,
    link,
    expires,
    currency,
    platform: 'MetaTrader 5',
    server: 'Harbour-Live',
    login: '500123',
    accountType: 'Standard',
    leverage: '1:30',
  },
  account_request_answered: {
    name,
    platform: 'MetaTrader 5',
    login: '500123',
    asked: 'change of leverage',
    answer: 'We could not do it. This leverage is above what the rules allow you.',
  },
  account_password_link: { name, link, expires, platform: 'MetaTrader 5', login: '500123' },
  account_dormancy_notice: {
    name,
    platform: 'MetaTrader 5',
    login: '500123',
    date: '2026-12-24',
    fee: '10.00',
    currency,
    everyDays: '30',
  },
  account_made_good: { name, amount, currency, platform: 'MetaTrader 5', login: '500123' },
  account_offset: {
    name,
    amount,
    currency,
    platform: 'MetaTrader 5',
    login: '500123',
    date: '2026-12-24',
  },
  account_dormant_soon: { name, platform: 'MetaTrader 5', login: '500123', date: '2026-12-24' },
  account_unclaimed: { name, amount, currency, platform: 'MetaTrader 5', login: '500123' },
  account_leverage_notice: {
    name,
    platform: 'MetaTrader 5',
    login: '500123',
    leverage: '1:200',
    date: '2026-12-24',
  },
  account_fee: { name, amount, currency, platform: 'MetaTrader 5', login: '500123' },
  verification_due: { name, date: '5 May 2031' },
  verification_over: { name, date: '5 May 2031' },
  document_expiring: { name, link, document: 'passport', date: '2031-05-05' },
  document_expired: { name, link, document: 'passport', date: '2031-05-05' },
  document_refused: { name, link, document: 'passport', reasons: ['It cannot be read.'] },
  deposit_received: { name, amount, currency, reference, method: 'Card ending 4242' },
  withdrawal_requested: { name, amount, currency, reference },
  withdrawal_paid: { name, amount, currency, reference, parts: ['1000.00 EUR to a card'] },
  withdrawal_refused: { name, amount, currency, reference, reason: 'Please call us.' },
  transfer_done: { name, amount, currency, reference, from: 'Wallet', to: '500123' },
  partner_statement: {
    name,
    link,
    amount,
    currency,
    period: 'April 2031',
    invoices: ['SB-2031-0004'],
    lines: [
      { description: 'Tier 1, 10.00 lots', amount: '100.00' },
      { description: 'Tier 2, 5.00 lots', amount: '25.00' },
    ],
  },
  commission_dispute_answered: {
    ...{ name, link, about: 'deal #1202', outcome: 'declined' },
    answer: 'It was held for less than a minute.',
  },
  staff_invitation: { name, link, expires, roles: 'Compliance officer' },
  password_reset: { name, link, expires },
  instrument_changed: { name, change: 'A payout card ending 4242', at: expires },
};

function render(kind: MailKind, data: object = samples[kind], locale = 'en') {
  return renderMail(kind, locale, { ...data, brand } as never);
}

describe.each(mailKinds)('%s', (kind) => {
  it('is rendered whole in text and HTML, branded, with nothing left to fill in', () => {
    const mail = render(kind);
    expect(mail.subject).not.toBe('');
    expect(`${mail.subject}${mail.text}${mail.html}`).not.toMatch(/\{\{|undefined|\[object/);
    expect(mail.text).toContain('Harbour & Sons, 1 Quay Street');
    expect(mail.html).toContain('Harbour &amp; Sons');
    expect(mail.html).toContain('#1f4fd8');
    expect(mail).toMatchSnapshot();
  });

  it('escapes data in HTML and leaves it as it is in text', () => {
    const mail = render(kind);
    expect(mail.html).toContain('Ada &lt;b&gt;');
    expect(mail.html).not.toContain('<b>Lovelace');
    expect(mail.text).toContain('Ada <b>Lovelace</b>');
  });

  it.each(Object.keys(samples[kind]))('is not rendered without %s', (key) => {
    const { [key]: _left, ...rest } = samples[kind] as unknown as Record<string, unknown>;
    expect(() => render(kind, rest)).toThrow(MailNotRendered);
    expect(() => render(kind, { ...rest, [key]: undefined })).toThrow(MailNotRendered);
  });
});

it('puts the link into text and HTML so that a reader reaches the same place', () => {
  const mail = render('password_reset');
  expect(mail.text).toContain(link);
  expect(mail.html.replaceAll('&amp;', '&').replaceAll('&#x3D;', '=')).toContain(`href="${link}"`);
});

it('takes the nearest translation, English at last', () => {
  const english = render('verify_email');
  expect(render('verify_email', samples.verify_email, 'en-GB')).toEqual(english);
  expect(render('verify_email', samples.verify_email, 'xx')).toEqual(english);
  expect(render('verify_email', samples.verify_email, '../../..')).toEqual(english);
});

it.each(['javascript:alert(1)', '/relative', 'https://a b'])('refuses the link %s', (bad) => {
  expect(() => render('verify_email', { ...samples.verify_email, link: bad })).toThrow(
    MailNotRendered,
  );
});

it('refuses a colour that is more than a colour', () => {
  const bad = { ...brand, colour: '#fff;background:url(x)' };
  expect(() => renderMail('verify_email', 'en', { ...samples.verify_email, brand: bad })).toThrow(
    MailNotRendered,
  );
});

it('keeps a subject on one line whatever the data', () => {
  const mail = render('partner_statement', {
    ...samples.partner_statement,
    period: 'April\r\nBcc: x@example.com',
  });
  expect(mail.subject).not.toMatch(/[\r\n]/);
});
