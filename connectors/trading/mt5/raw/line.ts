/**
 * A command or an answer of the raw protocol: `NAME|FIELD=value|…|` and a line end, and behind it
 * perhaps JSON. In the line `\`, `=`, `|` and the line feed stand behind a `\`; a `\` before any other
 * character stands for itself.
 */
export interface RawMessage {
  readonly name: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** What follows the line; empty if nothing does. */
  readonly body: string;
}

export function escapeField(text: string): string {
  return text.replace(/[\\=|\n]/g, (character) => `\\${character}`);
}

export function formatMessage({ name, fields, body }: RawMessage): string {
  const line = fields.map(([field, value]) => `${escapeField(field)}=${escapeField(value)}|`);
  return `${escapeField(name)}|${line.join('')}\r\n${body}`;
}

/** Null when the line has no end: half an answer is none. */
export function parseMessage(text: string): RawMessage | null {
  // Tokens: an escaped character, a separator, the line's end, or a run of anything else.
  const token = /\\([\\=|\n])|(\||=|\r?\n)|([^\\=|\r\n]+|[\\\r])/gy;
  const parts: Part[] = [];
  let part: Part = { name: '', value: null };
  for (;;) {
    const match = token.exec(text);
    if (match === null) return null;
    const [, escaped, separator, plain] = match;
    if (separator === '|') {
      parts.push(part);
      part = { name: '', value: null };
    } else if (separator === '=' && part.value === null) part.value = '';
    else if (separator !== undefined && separator !== '=') break;
    else append(part, escaped ?? separator ?? plain ?? '');
  }
  if (part.name !== '' || part.value !== null) parts.push(part);
  const [command, ...fields] = parts;
  return {
    name: command?.name ?? '',
    fields: fields.map(({ name, value }) => [name, value ?? '']),
    body: text.slice(token.lastIndex),
  };
}

interface Part {
  name: string;
  value: string | null;
}

function append(part: Part, text: string): void {
  if (part.value === null) part.name += text;
  else part.value += text;
}
