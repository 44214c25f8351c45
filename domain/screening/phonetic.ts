/**
 * Sounds that transliterations spell in several ways, longer spellings first; a capital letter is a sound that is
 * folded already.
 */
const sounds: readonly (readonly [RegExp, string])[] = [
  [/shch|tsch|sch|sh/g, 'S'],
  [/dzh|zh|dj|j(?=[aeiou])|g(?=[ei])/g, 'J'],
  [/tch|ch|cz|tj/g, 'C'],
  [/ph|ff|v|w/g, 'F'],
  [/th/g, 't'],
  [/dh/g, 'd'],
  [/ks|x/g, 'X'],
  [/ck|gh|kh|q|c(?![eiy])|k|g/g, 'K'],
  [/tz|ts|z|s|c/g, 'Z'],
  [/h/g, ''],
];
const vowels = /[aeiouyj]+/g;

/**
 * A key that spellings of one sound share: "Qaddafi", "Gaddafi" and "Kadhafi"; "Yousef" and "Yusuf". It says where
 * vowels are and not which.
 */
export function phoneticKey(word: string): string {
  let key = word;
  for (const [spelling, sound] of sounds) key = key.replace(spelling, sound);
  return key.replace(vowels, '*').replace(/(.)\1+/g, '$1');
}
