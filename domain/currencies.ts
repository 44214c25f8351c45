/**
 * Digits after the decimal point of every currency that can stand in a book: the one table of minor units.
 * Source: ISO 4217 (SIX, list one with its funds codes, and the codes withdrawn since 2022, which old records
 * name); what ISO gives no minor unit (gold, silver, SDR, test codes) is no money here. Providers that count
 * in other units than ISO's (cards in ISK or UGX) convert in their connector.
 */
const iso4217: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD
    HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
    SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS
    VED VES WST XAD XCD XCG YER ZAR ZMW ZWG ZWL`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

/**
 * Currencies that are no more: no book is kept in them, but an old statement of a bank, or the test file of one,
 * names them. Source: ISO 4217, list three, with the minor units they had.
 */
const withdrawn: Readonly<Record<number, string>> = {
  0: 'ADP BEF BYB BYR ESP GRD ITL LUF MGF PTE TPE TRL',
  2: `ATS AYM AZM BGL CSD CYP DEM EEK FIM FRF GHC GWP HRD IEP LTL LVL MRO MTL MZM NLG ROL RUR SDD SIT SKK SRG STD
    TMM VEB VEF YUM ZMK ZWD ZWN ZWR`,
};

/** The smallest unit of each on its own chain. A token that another chain keeps finer is converted by its connector. */
const crypto: Readonly<Record<number, string>> = {
  6: 'ADA ATOM TRX USDC USDT XRP',
  7: 'XLM',
  8: 'BCH BTC DOGE LTC',
  9: 'SOL TON',
  10: 'DOT',
  12: 'XMR',
  18: 'AVAX BNB DAI ETH LINK POL',
};

function listed(table: Readonly<Record<number, string>>): [string, number][] {
  return Object.entries(table).flatMap(([digits, codes]) =>
    codes.split(/\s+/).map((code): [string, number] => [code, Number(digits)]),
  );
}

export const isoCurrencies: readonly string[] = listed(iso4217)
  .map(([code]) => code)
  .sort();

export const cryptoCurrencies: readonly string[] = listed(crypto)
  .map(([code]) => code)
  .sort();

export const exponents: ReadonlyMap<string, number> = new Map([
  ...listed(iso4217),
  ...listed(crypto),
]);

export const withdrawnExponents: ReadonlyMap<string, number> = new Map(listed(withdrawn));
