import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { isRecord } from '../../../domain/record';
import { BankFileFault, quote } from '../fault';
import { lineAt } from '../text';

/** An element without its prefix: banks and versions differ in namespaces, and the names say it all. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text, entities resolved. */
  readonly text: string;
  readonly line: number;
}

/** camt nests about 20 deep; an envelope adds a few. */
const depthMax = 100;

const parser = new XMLParser({
  preserveOrder: true,
  captureMetaData: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Resolved below: the parser would leave an unknown entity as it stands, without a word.
  processEntities: false,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  cdataPropName: '#cdata',
  // Paths as texts are built for each element, and nobody asks for them.
  jPath: false,
  maxNestedTags: depthMax,
});

// eslint-disable-next-line no-restricted-syntax -- the library says Symbol, and gives a symbol
const metaData = XMLParser.getMetaDataSymbol() as symbol;

/** Reads a document of one root. No document type, no entities but XML's own. Throws BankFileFault. */
export function parseXml(text: string): XmlElement {
  refuseDangers(text);
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) {
    const { line, msg } = verdict.err;
    throw new BankFileFault(line || 1, 'XML', msg.replace(/\.$/, ''));
  }
  const lineOf = lineIndex(text);
  const roots = elementsOf(parse(text), lineOf);
  const [root, second] = roots;
  if (!root) throw new BankFileFault(1, 'XML', 'has no element');
  if (second) throw new BankFileFault(second.line, second.name, 'is a second root');
  return root;
}

function refuseDangers(text: string): void {
  const declaration = /<!(?:DOCTYPE|ENTITY)/i.exec(text);
  if (declaration) {
    const line = lineAt(text, declaration.index);
    throw new BankFileFault(line, 'DOCTYPE', 'document types and entities are refused');
  }

  const control = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(text);
  if (control) {
    throw new BankFileFault(lineAt(text, control.index), 'XML', 'has a control character');
  }
}

function parse(text: string): unknown {
  try {
    return parser.parse(text);
  } catch (error) {
    throw new BankFileFault(1, 'XML', error instanceof Error ? error.message : String(error));
  }
}

/** The parser's nodes: `{ Ntry: [...], ':@': { Ccy: 'EUR' } }`, `{ '#text': '…' }`, `{ '#cdata': [...] }`. */
type Node = Readonly<Record<string, unknown>>;

function startOf(node: Node): number {
  const place: unknown = Reflect.get(node, metaData);
  return isRecord(place) && typeof place['startIndex'] === 'number' ? place['startIndex'] : 0;
}

function elementsOf(nodes: unknown, lineOf: (index: number) => number): XmlElement[] {
  const elements: XmlElement[] = [];
  for (const node of nodesOf(nodes)) {
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name === undefined || name.startsWith('#')) continue;
    const line = lineOf(startOf(node));
    elements.push({
      name,
      attributes: attributesOf(node[':@'], line, name),
      children: elementsOf(node[name], lineOf),
      text: textOf(node[name], line, name),
      line,
    });
  }
  return elements;
}

function nodesOf(value: unknown): readonly Node[] {
  const nodes: readonly Node[] = Array.isArray(value) ? value : [];
  return nodes;
}

function textOf(nodes: unknown, line: number, field: string): string {
  let text = '';
  for (const node of nodesOf(nodes)) {
    const plain = node['#text'];
    if (typeof plain === 'string') text += resolveEntities(plain, line, field);
    for (const verbatim of nodesOf(node['#cdata'])) {
      if (typeof verbatim['#text'] === 'string') text += verbatim['#text'];
    }
  }
  return text.trim();
}

function attributesOf(value: unknown, line: number, field: string): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [
      name,
      resolveEntities(String(text), line, `${field}/@${name}`),
    ]),
  );
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function resolveEntities(text: string, line: number, field: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&\s]{0,20});?/g, (whole, name: string) => {
    const character = whole.endsWith(';') ? (entities[name] ?? characterOf(name)) : undefined;
    if (character !== undefined) return character;
    throw new BankFileFault(line, field, `${quote(whole)} is no entity of XML`);
  });
}

function characterOf(name: string): string | undefined {
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ?? [];
  const code = hexadecimal !== undefined ? parseInt(hexadecimal, 16) : Number(decimal ?? '0');
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** Answers lines by place in logarithmic time: a statement of a busy day has a million elements. */
function lineIndex(text: string): (index: number) => number {
  const breaks: number[] = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) breaks.push(at);
  return (index) => {
    let low = 0;
    let high = breaks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((breaks[middle] ?? Infinity) < index) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

/** The first child of each name in turn: `find(entry, 'BookgDt', 'Dt')`. */
export function find(
  element: XmlElement | undefined,
  ...names: readonly string[]
): XmlElement | undefined {
  return names.reduce<XmlElement | undefined>(
    (at, name) => at?.children.find((child) => child.name === name),
    element,
  );
}

export function findAll(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The text of `find`, or undefined when it is not there or empty. */
export function textAt(
  element: XmlElement | undefined,
  ...names: readonly string[]
): string | undefined {
  return find(element, ...names)?.text || undefined;
}

/** The element that must be there. Throws BankFileFault. */
export function need(element: XmlElement, ...names: readonly string[]): XmlElement {
  const found = find(element, ...names);
  if (found) return found;
  throw new BankFileFault(element.line, [element.name, ...names].join('/'), 'is missing');
}
