/**
 * Holds the bank files that we write against the ISO 20022 schemas. They come with `sepaxml` from PyPI, which brings
 * `xmlschema` to check with; neither is kept here. Needs python3 with venv and PyPI.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { CreditTransferOrder } from '../../connectors/bank-files/pain001/credit-transfer';
import { writePain001 } from '../../connectors/bank-files/pain001/write-pain001';
import { exampleOrder } from '../../connectors/bank-files/testing/order';
import { installFromPyPI } from './install';

const schemas = 'sepaxml==2.7.0';

/** Prints what the schema of a version finds wrong in each file, one line for each; nothing when all is well. */
const validator = `
import os, sys, sepaxml, xmlschema
name, *files = sys.argv[1:]
schema = xmlschema.XMLSchema(os.path.join(os.path.dirname(sepaxml.__file__), 'schemas', name))
for file in files:
    for error in schema.iter_errors(file):
        print(os.path.basename(file), error.path, error.reason)
`;

let folder: string;
let python: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'foreign-pain001-'));
  python = join(installFromPyPI(folder, schemas), 'python');
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function faults(version: '001.001.03' | '001.001.09', documents: readonly string[]): string[] {
  const files = documents.map((xml, index) => {
    const file = join(folder, `${version}-${index}.xml`);
    writeFileSync(file, xml);
    return file;
  });
  const run = spawnSync(python, ['-c', validator, `pain.${version}.xsd`, ...files], {
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.split('\n').filter((line) => line !== '');
}

/** The example with any names, texts and amounts; what is refused before it is written is no matter here. */
function randomOrders(): CreditTransferOrder[] {
  const text = fc.string({ unit: 'grapheme', maxLength: 160 }).map((any) => `A ${any}`);
  const order = fc
    .record({
      name: text,
      remittance: text,
      amountMinor: fc.bigInt({ min: 1n, max: 10n ** 11n - 1n }),
    })
    .map(({ name, remittance, amountMinor }) => ({
      ...exampleOrder,
      initiatingParty: { ...exampleOrder.initiatingParty, name },
      batches: exampleOrder.batches.map((batch) => ({
        ...batch,
        transfers: batch.transfers.map((transfer) => ({
          ...transfer,
          amountMinor,
          remittance,
          creditor: { ...transfer.creditor, name, town: name },
        })),
      })),
    }));
  return fc.sample(order, 50);
}

describe('a pain.001 of ours', () => {
  it.each(['001.001.09', '001.001.03'] as const)('is valid by the schema of %s', (version) => {
    const documents = [exampleOrder, ...randomOrders()].map((order) =>
      writePain001(order, version),
    );
    expect(faults(version, documents)).toEqual([]);
  });

  it('would not be with an element out of its place or a wrong amount', () => {
    const xml = writePain001(exampleOrder);
    const broken = [
      xml.replace(/<PmtMtd>TRF<\/PmtMtd>/, ''),
      xml.replace('1234.56<', '1234,56<'),
      writePain001(exampleOrder, '001.001.03'),
    ];
    const found = faults('001.001.09', broken).map((line) => line.slice(0, '001.001.09-0'.length));
    expect([...new Set(found)].sort()).toEqual(['001.001.09-0', '001.001.09-1', '001.001.09-2']);
  });
});
