/**
 * For tests only: a text as it may stand somewhere, in lower case: plainly, or as the hexadecimal or base64
 * form of its bytes. Those are no encryption.
 */
export function disguisesOf(text: string): string[] {
  const spellings = [...new Set([text, text.toLowerCase(), text.toUpperCase()])];
  const encoded = spellings.flatMap((spelling) => {
    const bytes = Buffer.from(spelling, 'utf8');
    return [bytes.toString('hex'), ...[0, 1, 2].flatMap((before) => base64Of(bytes, before))];
  });
  return [...new Set([text, ...encoded].map((form) => form.toLowerCase()))];
}

/** The characters that the bytes alone decide, where this many others stand before them; plain and for URLs. */
function base64Of(bytes: Buffer, before: number): string[] {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  const first = Math.ceil((before * 8) / 6);
  const end = Math.floor(((before + bytes.length) * 8) / 6);
  const core = whole.slice(first, end);
  return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
}
