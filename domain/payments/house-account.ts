/** An account of an entity at a bank, which clients pay to and whose statements are read. */
export interface HouseAccount {
  readonly entityId: string;
  readonly currency: string;
  /** As clients write it on a transfer. */
  readonly holder: string;
  readonly bank: string;
  readonly iban: string;
  readonly bic: string;
  /** Other names that the bank's statements have for it. */
  readonly names: readonly string[];
}

/**
 * The account that a statement is of; undefined for one that is not the house's. MT940 puts the currency behind the
 * account, so that one which ends with it (an IBAN of the Seychelles) may be told without.
 */
export function houseAccountOf(
  accounts: readonly HouseAccount[],
  named: string,
): HouseAccount | undefined {
  const plain = (text: string) => text.replaceAll(/[\s-]/g, '').toUpperCase();
  return accounts.find(({ iban, names, currency }) =>
    [iban, ...names].some((name) =>
      [plain(named), `${plain(named)}${currency}`].includes(plain(name)),
    ),
  );
}
