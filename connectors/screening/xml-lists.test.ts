import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListUnreadable } from './list-file';
import { readLists } from './read-list';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lists-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(xml: string) {
  const file = join(folder, 'list.xml');
  await writeFile(file, xml);
  return readLists([file]);
}

async function problem(xml: string): Promise<string> {
  const error: unknown = await read(xml).catch((reason: unknown) => reason);
  if (!(error instanceof ListUnreadable)) throw new Error(`not refused: ${String(error)}`);
  return error.message;
}

const ofac = `<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="http://tempuri.org/sdnList.xsd">
  <publshInformation><Publish_Date>01/09/2026</Publish_Date><Record_Count>1</Record_Count></publshInformation>
  <sdnEntry>
    <uid>900001</uid><firstName>Orelin Tasmir</firstName><lastName>VARDANOSK &amp; SON</lastName><sdnType>Individual</sdnType>
    <programList><program>SDGT</program></programList>
    <idList><id><uid>1</uid><idType>Passport</idType><idNumber>8841207</idNumber><idCountry>Iran</idCountry></id>
      <id><uid>2</uid><idType>Gender</idType><idNumber>Male</idNumber></id></idList>
    <akaList><aka><uid>3</uid><type>a.k.a.</type><category>weak</category><lastName>VARD</lastName></aka></akaList>
    <nationalityList><nationality><uid>4</uid><country>Iran</country></nationality></nationalityList>
    <dateOfBirthList><dateOfBirthItem><uid>5</uid><dateOfBirth>circa 1968</dateOfBirth></dateOfBirthItem></dateOfBirthList>
  </sdnEntry>
</sdnList>`;

const un = `<CONSOLIDATED_LIST dateGenerated="2026-02-03T04:05:06.000Z"><INDIVIDUALS><INDIVIDUAL>
  <DATAID>7001</DATAID><FIRST_NAME>LEV</FIRST_NAME><SECOND_NAME>ZUBARTSEV</SECOND_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE>
  <NAME_ORIGINAL_SCRIPT>Лев Зубарцев</NAME_ORIGINAL_SCRIPT><GENDER>Male</GENDER><NATIONALITY><VALUE>Russia</VALUE></NATIONALITY>
  <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Leo Zubar</ALIAS_NAME></INDIVIDUAL_ALIAS>
  <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Lyova</ALIAS_NAME></INDIVIDUAL_ALIAS>
  <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1960</FROM_YEAR><TO_YEAR>1962</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
  <INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>P-77</NUMBER></INDIVIDUAL_DOCUMENT>
</INDIVIDUAL></INDIVIDUALS><ENTITIES><ENTITY><DATAID>7002</DATAID><FIRST_NAME>QESHMARA LINES</FIRST_NAME></ENTITY></ENTITIES></CONSOLIDATED_LIST>`;

const eu = `<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-03-04T10:00:00.000+01:00">
  <sanctionEntity logicalId="13" euReferenceNumber="EU.1.1"><regulation programme="UKR"/><subjectType code="person" classificationCode="P"/>
    <nameAlias firstName="Milan" lastName="OSTREVKO" wholeName="Milan OSTREVKO" gender="M" strong="true"/>
    <nameAlias wholeName="Kapitan" strong="false"/><citizenship countryIso2Code="RS"/>
    <birthdate circa="false" birthdate="1962-07-04" year="1962"/><identification identificationTypeCode="passport" number="PP7720315"/>
  </sanctionEntity></export>`;

describe('lists in XML', () => {
  it('reads the SDN list of OFAC', async () => {
    const [list] = await read(ofac);
    expect(list?.version).toMatchObject({ name: 'OFAC SDN', publishedOn: '2026-01-09' });
    expect(list?.entries).toMatchObject([
      {
        id: 'sdn:900001',
        kind: 'individual',
        name: 'VARDANOSK & SON, Orelin Tasmir',
        aliases: [{ name: 'VARD', strength: 'weak' }],
        datesOfBirth: [{ from: '1967-01-01', to: '1969-12-31' }],
        nationalities: ['IR'],
        gender: 'M',
        idNumbers: ['8841207'],
        programmes: ['SDGT'],
      },
    ]);
  });

  it('reads the consolidated list of the United Nations', async () => {
    const [list] = await read(un);
    expect(list?.version).toMatchObject({ name: 'UN Security Council', publishedOn: '2026-02-03' });
    expect(list?.entries).toMatchObject([
      {
        id: 'un:7001',
        name: 'LEV ZUBARTSEV',
        aliases: [
          { name: 'Leo Zubar', strength: 'strong' },
          { name: 'Lyova', strength: 'weak' },
          { name: 'Лев Зубарцев', strength: 'strong' },
        ],
        datesOfBirth: [{ from: '1960-01-01', to: '1962-12-31' }],
        nationalities: ['RU'],
        idNumbers: ['P-77'],
      },
      { id: 'un:7002', kind: 'organisation', name: 'QESHMARA LINES' },
    ]);
  });

  it('reads the consolidated list of the European Union', async () => {
    const [list] = await read(eu);
    expect(list?.version).toMatchObject({ name: 'EU consolidated', publishedOn: '2026-03-04' });
    expect(list?.entries).toMatchObject([
      {
        id: 'eu:13',
        kind: 'individual',
        name: 'Milan OSTREVKO',
        aliases: [{ name: 'Kapitan', strength: 'weak' }],
        datesOfBirth: [{ from: '1962-07-04', to: '1962-07-04' }],
        nationalities: ['RS'],
        gender: 'M',
        idNumbers: ['PP7720315'],
        programmes: ['UKR'],
      },
    ]);
  });

  it('gives an entry a version of its own, which does not change where it only moves', async () => {
    const [before] = await read(un);
    const [after] = await read(
      un.replace('<INDIVIDUALS>', '\n\n<INDIVIDUALS>').replace('7002</D', '7003</D'),
    );
    expect(after?.version.hash).not.toBe(before?.version.hash);
    expect(after?.entries[0]?.version).toBe(before?.entries[0]?.version);
  });

  it.each([
    ['ends too early', ofac.slice(0, -12), 'list.xml, line 11: the file ends'],
    [
      'closes another element',
      un.replace('</SECOND_NAME>', '</THIRD_NAME>'),
      'list.xml, line 2: </THIRD_NAME>',
    ],
    ['lacks a field', ofac.replace('<uid>900001</uid>', ''), 'list.xml, line 4: uid is missing'],
    [
      'has an unknown kind',
      ofac.replace('>Individual<', '>Robot<'),
      'list.xml, line 4: sdnType: "Robot" is unknown',
    ],
    [
      'is no list',
      '<html><body/></html>',
      'list.xml, line 1: <html> is the root of no list known here',
    ],
    ['is empty', '', 'list.xml, line 1: there is no element'],
    [
      'brings entities of its own',
      '<!DOCTYPE a [<!ENTITY b "c">]><a/>',
      'list.xml, line 1: a document type is not accepted',
    ],
    [
      'has a tag of a megabyte of blanks',
      `<sdnList ${' '.repeat(1_000_000)}x></sdnList>`,
      'list.xml, line 1: "x" is no attribute',
    ],
    ['runs attributes together', `<a b="1"c="2"/>`, 'list.xml, line 1: "c="2"" is no attribute'],
    [
      'has a character that XML has not',
      ofac.replace('VARDANOSK', 'VARDA&#0;NOSK'),
      'list.xml, line 5: "&#0;" is no character',
    ],
  ])('refuses a file that %s, naming file and line', async (_what, xml, said) => {
    expect(await problem(xml)).toContain(said);
  });
});
