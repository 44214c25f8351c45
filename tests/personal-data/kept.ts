import type { BusinessWords } from './markers';

const rules = { 'policy_version.body': 'rules of the house, which apply to everybody' };

const licence = Object.fromEntries(
  [
    'entity_proposal.code',
    'entity_proposal.plan',
    'entity_proposal.before',
    'task.issue',
    'event.payload',
    'task.title',
    'task.content',
  ].map((column) => [column, 'a legal entity of the house']),
);

const agreement = Object.fromEntries(
  [
    'agreement_version.code',
    'agreement_version.texts',
    'event.payload',
    'task.title',
    'task.content',
  ].map((column) => [column, 'what an entity of the house agrees on with every client']),
);

const ofAuthority = Object.fromEntries(
  ['suspicion.authority', 'suspicion.reference', 'event.payload', 'task.content'].map((column) => [
    column,
    'an authority, what it calls a report, and when it answered',
  ]),
);

/** For tests only: words of the business, which are about no person, and the columns that keep them in clear. */
export const businessWords: BusinessWords = {
  ...Object.fromEntries(
    ['POST /api/v1/suspicion-reports/{id}', 'POST /staff/suspicions/:id'].flatMap((form) =>
      ['submission authority', 'submission reference', 'consent on'].map((field) => [
        `${form}/${field}`,
        ofAuthority,
      ]),
    ),
  ),
  ...Object.fromEntries(
    ['POST /api/v1/kyc-cases/{id}/adverse-media', 'POST /staff/cases/:id/media'].map((form) => [
      `${form} publishedOn`,
      { 'adverse_media.published_on': 'when something was published' },
    ]),
  ),
  'near: birth date': {
    'sanction_entry.body': 'somebody listed has the same one, and lists are published',
  },
  ...Object.fromEntries(
    ['PUT /api/v1/entities/{id}/tax-number', 'POST /staff/partners/tax-number'].map((form) => [
      `${form} taxNumber`,
      Object.fromEntries(
        ['entity_tax.tax_number', 'partner_invoice.buyer', 'event.payload'].map((column) => [
          column,
          'by which the house is known to the tax office, as a customer on invoices',
        ]),
      ),
    ]),
  ),
  ...Object.fromEntries(
    ['PUT /api/v1/partners/{id}/self-billing', 'POST /staff/partners/:id/self-billing'].flatMap(
      (form) =>
        ['agreedOn', 'endedOn'].map((field) => [
          `${form} ${field}`,
          Object.fromEntries(
            ['partner_billing.agreed_on', 'partner_billing.ended_on', 'event.payload'].map(
              (column) => [column, 'when an agreement with the house began and ended'],
            ),
          ),
        ]),
    ),
  ),
  'POST /api/v1/plan-sets name': {
    'plan_set.name': 'the house names a list of prices',
  },
  'POST /staff/partners/plan-sets setName': {
    'plan_set.name': 'the same, from the page',
  },
  'POST /api/v1/partners/{id}/links code': {
    'referral_link.code': 'it is the public address that a partner advertises',
    'attribution.link_code': 'which address a client came by',
  },
  'POST /partner/links code': {
    'referral_link.code': 'the same, from the page',
  },
  'PUT /api/v1/entities/{id}/holidays/{day} name': {
    'public_holiday.name': 'a day off is everybody’s',
  },
  'POST /staff/inbox/settings/holidays name': {
    'public_holiday.name': 'the same, from the page',
  },
  ...Object.fromEntries(
    [
      ...[
        'code',
        'legalName',
        'regulator',
        'licence',
        'jurisdiction',
        'countries[]',
        'currencies[]',
      ],
      ...['name', 'postalAddress', 'supportEmail', 'mailFrom'].map((field) => `brand.${field}`),
      ...['holder', 'bank', 'iban', 'bic'].map((field) => `bankAccounts[].${field}`),
      ...['title', 'text'].map((field) => `legalTexts[].${field}`),
    ].map((field) => [`POST /api/v1/entity-proposals ${field}`, licence]),
  ),
  ...Object.fromEntries(
    ['code', 'texts[].title', 'texts[].text'].map((field) => [
      `POST /api/v1/entities/{id}/agreements ${field}`,
      agreement,
    ]),
  ),
  ...Object.fromEntries(
    [
      ...['legalName', 'regulator', 'licence', 'currencies[]'],
      ...['name', 'postalAddress', 'supportEmail', 'mailFrom'].map((field) => `brand.${field}`),
    ].map((field) => [`POST /api/v1/entities/{id}/edits ${field}`, licence]),
  ),
  'POST /api/v1/policies body.*': {
    'policy_version.body': 'rules of the house, which apply to everybody',
  },
  'PUT /api/v1/policies/{id} body.*': {
    'policy_version.body': 'rules of the house, which apply to everybody',
  },
  'POST /staff/policies/overlays title': {
    'policy_version.body': 'rules of the house, which apply to everybody',
  },
  'POST /staff/policies/:id/edit body': {
    'policy_version.body': 'rules of the house, which apply to everybody',
  },
  ...Object.fromEntries(
    ['rows do', 'rows why', 'row title', 'row why', 'parameters title', 'parameters why'].map(
      (field) => [`POST /staff/policies/:id/${field}`, rules],
    ),
  ),
};

const named = 'has to name something that there is';
const coded = 'has to be one of a list that the schema does not tell';

/**
 * Fields that keep nothing of a person, since only known words pass; with what stands in the way. Whenever one of
 * them is filled in, a marker is tried in its place first, and has to be refused.
 */
export const onlyChecked: Readonly<Record<string, string>> = {
  'PUT /api/v1/me/onboarding/details account.accountType': coded,
  'PUT /api/v1/me/onboarding/details questionnaire.*':
    'has to answer a question, and the entity asks none of its own',
  'PUT /api/v1/me/onboarding/details questionnaire.*[]':
    'has to answer a question, and the entity asks none of its own',
  'POST /api/v1/me/appropriateness answers.*': coded,
  'POST /api/v1/me/appropriateness answers.*[]': coded,
  'POST /api/v1/documents kind': named,
  'POST /api/v1/declared-sources/{id}/papers kind': named,
  'POST /client/sources/:id/papers paperKind': named,
  'POST /staff/cases/:id/sources/:sourceId/papers paperKind': named,
  'POST /api/v1/entities/{id}/agreements effectiveFrom': 'has to be a day to come',
  'POST /api/v1/entities/{id}/edits currencies[]': coded,
  'POST /api/v1/entity-proposals jurisdiction': coded,
  'POST /api/v1/entity-proposals countries[]': coded,
  'POST /api/v1/entity-proposals currencies[]': coded,
  'POST /api/v1/entity-proposals bankAccounts[].currency': coded,
  'POST /api/v1/entity-proposals groups[].server': named,
  'POST /api/v1/entity-proposals groups[].currency': coded,
  'POST /api/v1/entity-proposals groups[].group': named,
  'POST /api/v1/accounts accountType': coded,
  'POST /api/v1/accounts/{id}/requests accountType': coded,
  'POST /api/v1/accounts/{id}/requests server': named,
  'POST /api/v1/commission-disputes server': named,
  'POST /partner/disputes/new server': named,
  'POST /api/v1/accounts/{id}/requests group': named,
  'POST /api/v1/accounts/bulk action.accountType': coded,
  'POST /api/v1/documents/{id}/decision reasons[]': coded,
  'POST /api/v1/plan-sets entityId': named,
  'POST /api/v1/ledger/periods entityId': named,
  'POST /api/v1/ledger/periods/seal entityId': named,
  'POST /api/v1/saved-filters entityId': named,
  'PUT /api/v1/saved-filters/{id} entityId': named,
  'POST /api/v1/corrections account': named,
  'POST /api/v1/transfers bonus.campaign': named,
  'POST /client/cashier/transfer campaign': named,
  'POST /staff/corrections/new account': named,
  'POST /api/v1/tasks/{id}/decision decision': coded,
  'PUT /api/v1/entities/{id}/calendar timeZone': named,
  'POST /staff/inbox/bulk task': named,
  'POST /staff/inbox/settings/calendar timeZone': named,
  'POST /staff/inbox/settings/calendar entity': named,
  'POST /staff/inbox/settings/holidays entity': named,
  'POST /staff/inbox/settings/holidays/remove entity': named,
  'POST /staff/inbox/settings/leads entity': named,
  'POST /staff/inbox/settings/leads/remove entity': named,
  'POST /staff/inbox/settings/holidays day': coded,
  'POST /staff/inbox/settings/holidays/remove day': coded,
  'POST /staff/inbox/settings/calendar workingDays': coded,
  'POST /api/v1/policies layerKey': named,
  'POST /api/v1/halts key': named,
  'POST /api/v1/payment-routes/try-out entityId': named,
  'POST /api/v1/payment-sources bankCode': coded,
  'POST /api/v1/users entities[]': named,
  'POST /client/onboarding/details account': coded,
  'POST /client/documents/:slot kind': named,
  'POST /client/parties/:partyId/documents/:slot kind': named,
  'POST /client/accounts/open account': coded,
  'POST /client/accounts/:id/type accountType': coded,
  'POST /staff/tasks/:id decision': coded,
  'POST /staff/cases/:id/documents/:documentId reasons': coded,
  'POST /staff/cases/:id/decide/:taskId decision': coded,
  'POST /staff/settlements/:id/decide/:taskId decision': coded,
  'POST /api/v1/clients/{id}/restrictions/{restriction}/checks code': named,
  'POST /staff/clients/:id/restrictions/:restrictionId/checks code': named,
  'POST /staff/clients/:id/restrictions scopes': coded,
  'POST /staff/clients/:id/restrictions reviewOn': coded,
  'POST /staff/clients/:id/restrictions/:restrictionId/review reviewOn': coded,
  'POST /staff/accounts/:id/type accountType': coded,
  'POST /staff/accounts/:id/group group': named,
  'POST /staff/accounts/:id/override group': named,
  'POST /staff/accounts/:id/restrict scopes': coded,
  'POST /staff/accounts/bulk/leverage accountIds': named,
  'POST /staff/accounts/bulk/type accountType': coded,
  'POST /staff/accounts/bulk/type accountIds': named,
  'POST /staff/accounts/bulk/close accountIds': named,
  'POST /staff/accounts/bulk/password-link accountIds': named,
  'POST /staff/accounts/bulk/restrict scopes': coded,
  'POST /staff/accounts/bulk/restrict accountIds': named,
  'POST /staff/accounts/bulk/lift accountIds': named,
  'POST /staff/operations/halts what': named,
  'POST /staff/operations/backfills server': named,
  'POST /staff/servers/backfills server': named,
  'POST /staff/partners/plan-sets entity': named,
  'POST /staff/partners/tax-number taxEntity': named,
  'POST /staff/policies/overlays place': named,
  'POST /staff/policies/:id/row rule': named,
  'POST /staff/policies/:id/parameters name': named,
  'POST /staff/people roles': coded,
  'POST /staff/people entities': named,
  'POST /staff/filters share': named,
};
