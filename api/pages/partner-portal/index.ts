import type { Form, Page } from '../page';
import { activityPages } from './activity';
import { disputePages } from './disputes';
import { earningsPages } from './earnings';
import { homePages } from './home';
import { linkPages } from './links';
import { networkPages } from './network';
import { peoplePages } from './people';
import { statementPages } from './statements';

/** Every page and form of the partner portal, and where referral links lead. */
export const partnerPages: readonly (Page | Form)[] = [
  ...homePages,
  ...networkPages,
  ...activityPages,
  ...earningsPages,
  ...statementPages,
  ...disputePages,
  ...linkPages,
  ...peoplePages,
];
