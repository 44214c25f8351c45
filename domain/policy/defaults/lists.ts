import { eeaCountries } from '../../kyc/countries';
import { type PolicyList } from '../body';

const codes = (text: string): string[] => text.split(' ');

/** Country groups that the shipped rules refer to. Lists are never pinned: the final gate uses the current ones. */
export const shippedLists: Readonly<Record<string, PolicyList>> = {
  eea: { version: '2020-02', values: eeaCountries },
  /** Residents whom no entity serves: own law forbids it (BE: FSMA ban of 2016), or sanctions do. */
  blocked_countries: { version: '2025-06', values: codes('US CA JP BE IR KP SY CU') },
  /** FATF call for action and increased monitoring, June 2025. */
  high_risk_countries: {
    version: '2025-06',
    values: codes(
      'IR KP MM DZ AO BG BO BF CM CI CD HT KE LA LB MC MZ NA NP NG ZA SS SY VE VN VG YE',
    ),
  },
  /** Residents whom the house gives swap-free accounts without asking: most ask for one on grounds of faith. */
  swap_free_countries: {
    version: '2025-06',
    values: codes('AE AZ BD BH BN DZ EG ID IQ JO KW KZ LB MA MV MY OM PK QA SA SN TN TR UZ'),
  },
  /** Retail protection that an offshore entity does not give: never sent there without a person. */
  protected_countries: { version: '2025-06', values: [...eeaCountries, 'GB', 'AU', 'CH'] },
};
