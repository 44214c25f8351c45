import { BankFileFault, quote } from './fault';

/** Some 70,000 entries of camt, in some 30 times the memory; what is bigger is refused before it is read. */
export const bytesMax = 32 * 1024 * 1024;

/**
 * The text of a file: by its byte order mark, by the encoding that an XML declaration names, as UTF-8 when it is
 * that, else as Windows-1252, which holds Latin-1. Lines end with `\n`. Throws BankFileFault.
 */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length > bytesMax) {
    throw new BankFileFault(1, 'file', `has ${bytes.length} bytes; ${bytesMax} is the most`);
  }
  const text = decode(bytes)
    .replace(/\r\n?/g, '\n')
    .replace(/^\uFEFF/, '');
  const nul = text.indexOf('\0');
  if (nul >= 0) throw new BankFileFault(lineAt(text, nul), 'file', 'is not text');
  if (text.trim() === '') throw new BankFileFault(1, 'file', 'is empty');
  return text;
}

function decode(bytes: Uint8Array): string {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const marked = first === 0xef && second === 0xbb && third === 0xbf;
  const declared = marked ? undefined : declaredEncoding(bytes);
  const encoding = knownEncoding(declared ?? 'utf-8');
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    // Banks declare UTF-8 and send what their terminal had. No byte is refused here, and no amount is in them.
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function knownEncoding(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    throw new BankFileFault(1, 'encoding', `${quote(label)} is not known`);
  }
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']+)["']/.exec(head)?.[1];
  // Whoever can read the declaration byte by byte reads no UTF-16: the file was saved anew since.
  return declared !== undefined && /^utf-?16/i.test(declared) ? undefined : declared;
}

/** The line of a place in a text, from 1. */
export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
    line += 1;
  }
  return line;
}
