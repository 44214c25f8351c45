/** A command or an answer: `NAME|FIELD=value|…|` and a line break, then perhaps JSON. */
export interface RawText {
  name: string;
  fields: [name: string, value: string][];
  /** What follows the first line. */
  rest: string;
}

const SPECIAL = '\\=|\n';

/** `\`, `=`, `|` and the line feed are written behind a `\`. */
export function escapeRaw(text: string): string {
  return text.replace(/[\\=|\n]/g, '\\$&');
}

export function formatRaw({ name, fields, rest }: RawText): string {
  const parts = fields.map(([field, value]) => `${escapeRaw(field)}=${escapeRaw(value)}|`);
  return `${escapeRaw(name)}|${parts.join('')}\r\n${rest}`;
}

/** Reads what `formatRaw` writes. A `\` before any other character stands for itself. */
export function parseRaw(text: string): RawText {
  const parts: { name: string; value: string | null }[] = [];
  let part: { name: string; value: string | null } = { name: '', value: null };
  let at = 0;
  const add = (character: string): void => {
    if (part.value === null) part.name += character;
    else part.value += character;
  };
  const end = (): void => {
    parts.push(part);
    part = { name: '', value: null };
  };
  for (; at < text.length && text.charAt(at) !== '\n'; at += 1) {
    const character = text.charAt(at);
    const following = text.charAt(at + 1);
    if (character === '\\' && following !== '' && SPECIAL.includes(following)) {
      add(following);
      at += 1;
    } else if (character === '|') end();
    else if (character === '=' && part.value === null) part.value = '';
    else add(character);
  }
  // The carriage return before the line feed is of the line's end, whether a `|` stands before it or not.
  if (part.value !== null) part.value = part.value.replace(/\r$/, '');
  else part.name = part.name.replace(/\r$/, '');
  if (part.name !== '' || part.value !== null) end();
  const [command, ...others] = parts;
  return {
    name: command?.name ?? '',
    fields: others.map(({ name, value }) => [name, value ?? '']),
    rest: text.slice(at + 1),
  };
}
