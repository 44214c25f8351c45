import { type LeverageCaps, type LeverageParameters } from './caps';

const esmaCaps: LeverageCaps = {
  fx_major: 30,
  fx_minor: 20,
  gold: 20,
  index_major: 20,
  commodity: 10,
  index_minor: 10,
  equity: 5,
  other: 5,
  crypto: 2,
};

const protectedRetail = {
  marginCloseOutPercent: 50,
  negativeBalanceProtection: true,
  rebatesToRetailTraders: false,
} as const;

const noProtectionByRule = {
  marginCloseOutPercent: null,
  negativeBalanceProtection: false,
  rebatesToRetailTraders: true,
} as const;

/** The regimes' caps as shipped: default parameters of `account.leverage`, for an admin to change. */
export const leverageRegimes = {
  esma: {
    regime: 'esma',
    caps: esmaCaps,
    professionalMax: null,
    houseMax: 500,
    ...protectedRetail,
    source: 'ESMA 2018/796; CySEC PS-04-2019',
  },
  cysec: {
    regime: 'cysec',
    caps: esmaCaps,
    professionalMax: null,
    houseMax: 300,
    ...protectedRetail,
    source: 'CySEC PS-04-2019, DI87-09',
  },
  fca: {
    regime: 'fca',
    // Crypto CFDs are closed to retail (FCA PS20/10); certain government bonds 30 are the house's to add.
    caps: { ...esmaCaps, crypto: null },
    professionalMax: null,
    houseMax: 500,
    ...protectedRetail,
    source: 'FCA PS19/18, COBS 22.5',
  },
  asic: {
    regime: 'asic',
    caps: esmaCaps,
    professionalMax: null,
    houseMax: 500,
    ...protectedRetail,
    source: 'ASIC 2020/986',
  },
  nfa: {
    regime: 'nfa',
    caps: {
      fx_major: 50,
      fx_minor: 20,
      gold: null,
      index_major: null,
      index_minor: null,
      commodity: null,
      equity: null,
      crypto: null,
      other: null,
    },
    professionalMax: 50,
    houseMax: 50,
    ...noProtectionByRule,
    source: 'NFA Financial Requirements Section 12',
  },
  jfsa: {
    regime: 'jfsa',
    caps: { fx_major: 25, fx_minor: 25 },
    professionalMax: null,
    houseMax: 25,
    ...noProtectionByRule,
    source: 'Japan FIEA Cabinet Office Ordinance art. 117',
  },
  mas: {
    regime: 'mas',
    caps: { fx_major: 20, fx_minor: 20 },
    professionalMax: 50,
    houseMax: 50,
    ...noProtectionByRule,
    source: 'MAS SFA 04-N: retail 20, accredited 50',
  },
  fsca: {
    regime: 'fsca',
    caps: {},
    professionalMax: null,
    houseMax: 500,
    ...noProtectionByRule,
    source: 'FSCA: none by rule; house limit 500',
  },
  offshore: {
    regime: 'offshore',
    caps: {},
    professionalMax: null,
    houseMax: 500,
    ...noProtectionByRule,
    source: 'FSC, FSA: none by rule; house limit 500',
  },
} as const satisfies Record<string, LeverageParameters>;
