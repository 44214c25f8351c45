/** ISO 3166-1: alpha-3 and alpha-2 of every country, glued together. */
const isoPairs = [
  'ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU',
  'AUTAT AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ',
  'BMUBM BOLBO BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI',
  'CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE',
  'DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK',
  'FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR',
  'GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN',
  'IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH',
  'KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV',
  'MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN',
  'MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE NFKNF NGANG NICNI',
  'NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL',
  'PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG',
  'SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI',
  'SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO TTOTT',
  'TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG',
  'VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW',
]
  .join(' ')
  .split(' ');

/** Codes that ICAO 9303 part 3 uses in machine-readable zones and ISO 3166 does not know, or knows otherwise. */
const mrzOnly: Readonly<Record<string, string | null>> = {
  D: 'DE',
  GBD: 'GB', // British overseas territories citizen
  GBN: 'GB', // British national (overseas)
  GBO: 'GB', // British overseas citizen
  GBP: 'GB', // British protected person
  GBS: 'GB', // British subject
  RKS: 'XK',
  XKX: 'XK', // Kosovo
  XXA: null, // stateless
  XXB: null, // refugee
  XXC: null, // refugee, other
  XXX: null, // unspecified nationality
  EUE: null,
  UNA: null,
  UNK: null,
  UNO: null,
  XBA: null,
  XCC: null,
  XCE: null,
  XCO: null,
  XDC: null,
  XEC: null,
  XES: null,
  XIM: null,
  XMP: null,
  XOM: null,
  XPO: null,
};

const alpha3ToAlpha2 = new Map(isoPairs.map((pair) => [pair.slice(0, 3), pair.slice(3)]));
const alpha2 = new Set([...alpha3ToAlpha2.values(), 'XK']);

const alpha2ToAlpha3 = new Map([...alpha3ToAlpha2].map(([three, two]) => [two, three]));

/** ISO alpha-3 of an alpha-2 code; undefined for Kosovo, which ISO does not know, and for what is none. */
export function alpha3Of(code: string): string | undefined {
  return alpha2ToAlpha3.get(code);
}

/** Whether the text is an ISO 3166 alpha-2 code, or XK (Kosovo), which everybody uses. */
export function isCountry(code: string): boolean {
  return alpha2.has(code);
}

export type MrzCountry =
  | {
      readonly known: true;
      /** null: an organisation, or nobody's national. */ readonly country: string | null;
    }
  | { readonly known: false };

/** The country behind a code of a machine-readable zone; `<` fillers may still be there. */
export function mrzCountry(code: string): MrzCountry {
  const bare = code.replace(/<+$/, '');
  if (Object.hasOwn(mrzOnly, bare)) return { known: true, country: mrzOnly[bare] ?? null };
  const country = alpha3ToAlpha2.get(bare);
  return country === undefined ? { known: false } : { known: true, country };
}

/** Countries of the European Economic Area. */
export const eeaCountries: readonly string[] =
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IS IE IT LV LI LT LU MT NL NO PL PT RO SK SI ES SE'.split(
    ' ',
  );
