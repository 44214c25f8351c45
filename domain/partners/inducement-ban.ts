/**
 * Where retail traders may be given nothing for trading. ESMA Decision (EU) 2018/796 art. 2 (d) and the national rules
 * that stand for it since (in Cyprus CySEC PI-01-2019), FCA PS19/18 (COBS 22.5), ASIC 2020/986 s. 6 (5).
 */
const banned: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO EU GB AU'.split(
    ' ',
  ),
);

/** Whether the jurisdiction (`CY`, `GB`) forbids to reward retail clients for trading. */
export function isRebateBanned(jurisdiction: string): boolean {
  return banned.has(jurisdiction.toUpperCase());
}
