import type { BusinessWords } from './markers';

/** For tests only: words of the business, which are about no person, and the columns that keep them in clear. */
export const businessWords: BusinessWords = {
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
};

const named = 'has to name something that there is';
const coded = 'has to be one of a list that the schema does not tell';

/**
 * Fields that keep nothing of a person, since only known words pass; with what stands in the way. Whenever one of
 * them is filled in, a marker is tried in its place first, and has to be refused.
 */
export const onlyChecked: Readonly<Record<string, string>> = {
  'PUT /api/v1/me/onboarding/details account.accountType': coded,
  'POST /api/v1/accounts accountType': coded,
  'POST /api/v1/documents/{id}/decision reasons[]': coded,
  'POST /api/v1/plan-sets entityId': named,
  'POST /api/v1/tasks/{id}/decision decision': coded,
  'POST /api/v1/policies layerKey': named,
  'POST /api/v1/halts key': named,
  'POST /api/v1/users entities[]': named,
  'POST /client/onboarding/details account': coded,
  'POST /client/accounts/open account': coded,
  'POST /staff/tasks/:id decision': coded,
  'POST /staff/cases/:id/documents/:documentId reasons': coded,
  'POST /staff/cases/:id/decide/:taskId decision': coded,
  'POST /staff/settlements/:id/decide/:taskId decision': coded,
  'POST /staff/clients/:id/restrictions scopes': coded,
  'POST /staff/operations/halts what': named,
  'POST /staff/operations/backfills server': named,
  'POST /staff/servers/backfills server': named,
  'POST /staff/partners/plan-sets entity': named,
  'POST /staff/policies/overlays place': named,
  'POST /staff/people roles': coded,
  'POST /staff/people entities': named,
};
