import { createHash } from 'node:crypto';
import type {
  DateRange,
  ListedAlias,
  ListedEntry,
  ListedKind,
  PublishedList,
} from '../../domain/screening/entry';
import { countryByName } from './country-names';
import { ListUnreadable } from './list-file';
import { birthRange, yearsAway } from './ofac-remarks';
import {
  attributeOf,
  childrenNamed,
  listedIn,
  readXmlRecords,
  textOf,
  type XmlElement,
  type XmlSource,
} from './xml-records';

const recordNames = new Set([
  'publshInformation',
  'sdnEntry',
  'INDIVIDUAL',
  'ENTITY',
  'sanctionEntity',
]);

/** One way of writing a list: which root it has, when it was published, and an entry of its records. */
interface XmlFormat {
  readonly list: string;
  readonly record: ReadonlySet<string>;
  readonly publishedOn: (root: XmlElement, records: readonly XmlElement[]) => string | null;
  readonly entry: (record: ListedRecord) => Omit<ListedEntry, 'version'>;
}

/** By the name of the root. */
const formats: ReadonlyMap<string, XmlFormat> = new Map(
  Object.entries({
    sdnList: {
      list: 'OFAC SDN',
      record: new Set(['sdnEntry']),
      publishedOn: (_root, records) => {
        const information = records.find((record) => record.name === 'publshInformation');
        const american = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(
          textOf(information, 'Publish_Date') ?? '',
        );
        return american && `${american[3] ?? ''}-${american[1] ?? ''}-${american[2] ?? ''}`;
      },
      entry: ofacEntry,
    },
    CONSOLIDATED_LIST: {
      list: 'UN Security Council',
      record: new Set(['INDIVIDUAL', 'ENTITY']),
      publishedOn: (root) => dayOf(attributeOf(root, 'dateGenerated')),
      entry: unEntry,
    },
    export: {
      list: 'EU consolidated',
      record: new Set(['sanctionEntity']),
      publishedOn: (root) => dayOf(attributeOf(root, 'generationDate')),
      entry: euEntry,
    },
  } satisfies Record<string, XmlFormat>),
);

/**
 * Reads a list in the XML of OFAC (SDN.XML), the United Nations (consolidated) or the European Union (consolidated
 * financial sanctions, 1.0 and 1.1), told by its root. Throws `ListUnreadable` with file, line and field.
 */
export async function readXmlList(source: XmlSource): Promise<PublishedList> {
  const { file } = source;
  const { root, records, sha256 } = await readXmlRecords(source, recordNames);
  const format = formats.get(root.name);
  if (format === undefined)
    throw new ListUnreadable(file, root.line, `<${root.name}> is the root of no list known here`);
  const publishedOn = format.publishedOn(root, records);
  if (publishedOn === null)
    throw new ListUnreadable(file, root.line, 'the date of publication is missing');
  const entries: ListedEntry[] = [];
  const known = new Set<string>();
  for (const element of records) {
    if (!format.record.has(element.name)) continue;
    const entry = format.entry(new ListedRecord(file, element));
    if (known.has(entry.id))
      throw new ListUnreadable(file, element.line, `entry ${entry.id} is there twice`);
    known.add(entry.id);
    entries.push({ ...entry, version: versionOf(element) });
  }
  if (entries.length === 0) throw new ListUnreadable(file, null, 'the list is empty');
  return {
    version: { name: format.list, hash: sha256, publishedOn },
    entries,
    files: [{ name: file, sha256 }],
  };
}

/** An element that knows the file it is from, to name the field that is missing. */
class ListedRecord {
  constructor(
    readonly file: string,
    readonly element: XmlElement,
  ) {}

  need(field: string, value: string | null): string {
    if (value === null) throw this.broken(`${field} is missing`);
    return value;
  }

  broken(problem: string): ListUnreadable {
    return new ListUnreadable(this.file, this.element.line, problem);
  }
}

function ofacEntry(record: ListedRecord): Omit<ListedEntry, 'version'> {
  const { element } = record;
  const type = record.need('sdnType', textOf(element, 'sdnType'));
  const kinds: ReadonlyMap<string, ListedKind> = new Map([
    ['individual', 'individual'],
    ['entity', 'organisation'],
    ['vessel', 'vessel'],
    ['aircraft', 'aircraft'],
  ]);
  const kind = kinds.get(type.toLowerCase());
  if (kind === undefined) throw record.broken(`sdnType: "${type}" is unknown`);
  const nameOf = (of: XmlElement): string | null =>
    joined([textOf(of, 'lastName'), textOf(of, 'firstName')], ', ');
  const ids = listedIn(element, 'idList', 'id');
  const gender = ids.find((id) => textOf(id, 'idType') === 'Gender');
  const countries = [
    ...listedIn(element, 'nationalityList', 'nationality'),
    ...listedIn(element, 'citizenshipList', 'citizenship'),
  ].map((each) => textOf(each, 'country'));
  return {
    id: `sdn:${record.need('uid', textOf(element, 'uid'))}`,
    kind,
    name: record.need('lastName', nameOf(element)),
    aliases: listedIn(element, 'akaList', 'aka').map((aka): ListedAlias => ({
      name: record.need('aka lastName', nameOf(aka)),
      strength: textOf(aka, 'category') === 'weak' ? 'weak' : 'strong',
    })),
    datesOfBirth: listedIn(element, 'dateOfBirthList', 'dateOfBirthItem').flatMap(
      (each) => birthRange(textOf(each, 'dateOfBirth') ?? '') ?? [],
    ),
    nationalities: codesOf(countries),
    countries: codesOf(
      listedIn(element, 'addressList', 'address').map((each) => textOf(each, 'country')),
    ),
    gender: genderOf(textOf(gender, 'idNumber')),
    idNumbers: ids.filter((id) => id !== gender).flatMap((id) => textOf(id, 'idNumber') ?? []),
    programmes: listedIn(element, 'programList', 'program').map((each) => each.text),
  };
}

function unEntry(record: ListedRecord): Omit<ListedEntry, 'version'> {
  const { element } = record;
  const isPerson = element.name === 'INDIVIDUAL';
  const prefix = isPerson ? 'INDIVIDUAL' : 'ENTITY';
  const name = joined(
    ['FIRST_NAME', 'SECOND_NAME', 'THIRD_NAME', 'FOURTH_NAME'].map((part) => textOf(element, part)),
    ' ',
  );
  const original = textOf(element, 'NAME_ORIGINAL_SCRIPT');
  const aliases = childrenNamed(element, `${prefix}_ALIAS`).flatMap((alias): ListedAlias[] => {
    const text = textOf(alias, 'ALIAS_NAME');
    const isWeak = textOf(alias, 'QUALITY') === 'Low';
    return text === null ? [] : [{ name: text, strength: isWeak ? 'weak' : 'strong' }];
  });
  return {
    id: `un:${record.need('DATAID', textOf(element, 'DATAID'))}`,
    kind: isPerson ? 'individual' : 'organisation',
    name: record.need('FIRST_NAME', name),
    aliases: [
      ...aliases,
      ...(original === null ? [] : [{ name: original, strength: 'strong' } as const]),
    ],
    datesOfBirth: childrenNamed(element, 'INDIVIDUAL_DATE_OF_BIRTH').flatMap(
      (each) => unBirth(each) ?? [],
    ),
    nationalities: codesOf(listedIn(element, 'NATIONALITY', 'VALUE').map((each) => each.text)),
    countries: codesOf(
      childrenNamed(element, `${prefix}_ADDRESS`).map((each) => textOf(each, 'COUNTRY')),
    ),
    gender: genderOf(textOf(element, 'GENDER')),
    idNumbers: childrenNamed(element, 'INDIVIDUAL_DOCUMENT').flatMap(
      (each) => textOf(each, 'NUMBER') ?? [],
    ),
    programmes: [textOf(element, 'UN_LIST_TYPE') ?? ''].filter((programme) => programme !== ''),
  };
}

function unBirth(birth: XmlElement): DateRange | null {
  const day = dayOf(textOf(birth, 'DATE'));
  const [year, from, to] = ['YEAR', 'FROM_YEAR', 'TO_YEAR'].map((part) => textOf(birth, part));
  const range =
    day !== null ? { from: day, to: day } : years(from ?? year ?? null, to ?? year ?? null);
  const isAbout = (textOf(birth, 'TYPE_OF_DATE') ?? '').startsWith('APPROX');
  return range && isAbout ? { from: yearsAway(range.from, -1), to: yearsAway(range.to, 1) } : range;
}

function euEntry(record: ListedRecord): Omit<ListedEntry, 'version'> {
  const { element } = record;
  const names = childrenNamed(element, 'nameAlias').map((alias) => ({
    name: record.need(
      'nameAlias wholeName',
      attributeOf(alias, 'wholeName') ??
        joined(
          ['firstName', 'middleName', 'lastName'].map((part) => attributeOf(alias, part)),
          ' ',
        ),
    ),
    isStrong: attributeOf(alias, 'strong') !== 'false',
    gender: genderOf(attributeOf(alias, 'gender')),
  }));
  const primary = names.find(({ isStrong }) => isStrong) ?? names[0];
  const subject = childrenNamed(element, 'subjectType')[0];
  const code = attributeOf(subject, 'classificationCode') ?? attributeOf(subject, 'code');
  const attributes = (child: string, name: string): string[] =>
    childrenNamed(element, child).flatMap((each) => attributeOf(each, name) ?? []);
  const iso = (child: string): string[] => [
    ...new Set(attributes(child, 'countryIso2Code').filter((each) => /^[A-Z]{2}$/.test(each))),
  ];
  return {
    id: `eu:${record.need('logicalId', attributeOf(element, 'logicalId'))}`,
    kind: /^p/i.test(record.need('subjectType', code)) ? 'individual' : 'organisation',
    name: record.need('nameAlias', primary?.name ?? null),
    aliases: names
      .filter((each) => each !== primary)
      .map(({ name, isStrong }) => ({ name, strength: isStrong ? 'strong' : 'weak' })),
    datesOfBirth: childrenNamed(element, 'birthdate').flatMap((each) => euBirth(each) ?? []),
    nationalities: iso('citizenship'),
    countries: iso('address'),
    gender: names.find(({ gender }) => gender !== null)?.gender ?? null,
    idNumbers: attributes('identification', 'number'),
    programmes: [...new Set(attributes('regulation', 'programme'))],
  };
}

function euBirth(birth: XmlElement): DateRange | null {
  const day = dayOf(attributeOf(birth, 'birthdate'));
  const year = attributeOf(birth, 'year');
  const range =
    day !== null
      ? { from: day, to: day }
      : years(
          attributeOf(birth, 'yearRangeFrom') ?? year,
          attributeOf(birth, 'yearRangeTo') ?? year,
        );
  const isAbout = attributeOf(birth, 'circa') === 'true';
  return range && isAbout ? { from: yearsAway(range.from, -1), to: yearsAway(range.to, 1) } : range;
}

function years(from: string | null, to: string | null): DateRange | null {
  if (!/^\d{4}$/.test(from ?? '') || !/^\d{4}$/.test(to ?? '')) return null;
  return { from: `${from ?? ''}-01-01`, to: `${to ?? ''}-12-31` };
}

function dayOf(text: string | null): string | null {
  return /^\d{4}-\d{2}-\d{2}/.exec(text ?? '')?.[0] ?? null;
}

function joined(parts: readonly (string | null)[], between: string): string | null {
  const present = parts.filter((part) => part !== null && part !== '');
  return present.length === 0 ? null : present.join(between);
}

function codesOf(names: readonly (string | null)[]): string[] {
  return [...new Set(names.flatMap((name) => countryByName(name ?? '') ?? []))];
}

function genderOf(text: string | null): 'F' | 'M' | null {
  const letter = (text ?? '').charAt(0).toUpperCase();
  return letter === 'F' || letter === 'M' ? letter : null;
}

/** Over names, attributes and texts, not over lines: an entry that only moved is the same still. */
function versionOf(element: XmlElement): string {
  const plain = ({ name, attributes, children, text }: XmlElement): unknown[] => [
    name,
    [...attributes].sort(([a], [b]) => (a < b ? -1 : 1)),
    text,
    children.map(plain),
  ];
  return createHash('sha256')
    .update(JSON.stringify(plain(element)))
    .digest('hex');
}
