import { BankFileFault } from '../fault';

/** A SWIFT field: `:61:` with its lines. */
export interface Field {
  readonly tag: string;
  /** The first line is what follows the tag. Never empty. */
  readonly lines: readonly [string, ...string[]];
  readonly line: number;
  /** The end of its message (`-`, `-}`) follows. */
  readonly ended: boolean;
}

const tagLine = /^:(\d{2}[A-Z]?|NS):(.*)$/;

/**
 * The fields of a file in order. Blocks (`{1:…}{4:`), trailers (`-}`) and what banks print between messages are
 * left out. Throws BankFileFault when there is no field.
 */
export function readFields(text: string): readonly Field[] {
  const fields: { tag: string; lines: [string, ...string[]]; line: number; ended: boolean }[] = [];
  let open = false;
  text.split('\n').forEach((raw, index) => {
    const content = withoutBlocks(raw);
    const [, tag, value] = tagLine.exec(content) ?? [];
    if (tag !== undefined && value !== undefined) {
      fields.push({ tag, lines: [value.trimEnd()], line: index + 1, ended: false });
      open = true;
    } else if (/^-(\}|\s*$)/.test(content)) {
      const last = fields.at(-1);
      if (last) last.ended = true;
      open = false;
    } else if (open) {
      fields.at(-1)?.lines.push(content.trimEnd());
    }
  });
  if (fields.length === 0) throw new BankFileFault(1, ':20', 'is missing');
  return fields;
}

/** A line without the marks of DOS-PCC files and the header blocks in front of the text. */
function withoutBlocks(line: string): string {
  const plain = line.replace(/^[\u0001-\u0003\ufeff\s]+(?=[:{])/u, '');
  if (!plain.startsWith('{')) return plain;
  return plain.replace(/^(?:\{[1-35]:[^{}]*(?:\{[^{}]*\}[^{}]*)*\}\s*)*(?:\{4:)?/, '');
}
