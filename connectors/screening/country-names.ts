/** Spellings of OFAC's that differ from the English names of CLDR. */
const spellings: Readonly<Record<string, string>> = {
  'korea, north': 'KP',
  'korea, south': 'KR',
  burma: 'MM',
  'congo, democratic republic of the': 'CD',
  'congo, republic of the': 'CG',
  'cote d ivoire': 'CI',
  "cote d'ivoire": 'CI',
  'west bank': 'PS',
  palestinian: 'PS',
  'region: gaza': 'PS',
  'region: crimea': 'UA',
  'bosnia and herzegovina': 'BA',
  'macedonia, the former yugoslav republic of': 'MK',
  'the gambia': 'GM',
  'gambia, the': 'GM',
  'bahamas, the': 'BS',
  'virgin islands, british': 'VG',
  'trinidad and tobago': 'TT',
  'czech republic': 'CZ',
  turkey: 'TR',
  swaziland: 'SZ',
  'hong kong': 'HK',
  macau: 'MO',
  kosovo: 'XK',
  'antigua and barbuda': 'AG',
  'saint kitts and nevis': 'KN',
  'saint vincent and the grenadines': 'VC',
  'united states': 'US',
};

let byName: ReadonlyMap<string, string> | null = null;

/** ISO alpha-2 of a country as OFAC writes it, or null when it is none we know ("undetermined"). */
export function countryByName(name: string): string | null {
  const wanted = name.trim().toLowerCase();
  byName ??= englishNames();
  return spellings[wanted] ?? byName.get(wanted) ?? null;
}

function englishNames(): ReadonlyMap<string, string> {
  const display = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  return new Map(
    letters
      .flatMap((first) => letters.map((second) => first + second))
      .flatMap((code) => {
        // A country that is no more has the name of another ("SU" is "Russia").
        const isCurrent = new Intl.Locale(`und-${code}`).region === code;
        const name = isCurrent ? display.of(code) : undefined;
        return name === undefined ? [] : [[name.toLowerCase(), code] as const];
      }),
  );
}
