import { filedPartnersMax, readNetworkFile } from './network-file';

const file = (...rows: string[]): string => ['ref,name,email,parent', ...rows].join('\n');
const id = `ptr_${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}`;

describe('a network in a file', () => {
  it('is read with the partners above before those below', () => {
    const { partners, faults } = readNetworkFile(
      file('c,Sub of sub,c@ib.example,b', 'b,Sub,B@ib.example,a', `a,Master,a@ib.example,${id}`),
    );
    expect(faults).toEqual([]);
    expect(partners).toEqual([
      { line: 4, ref: 'a', name: 'Master', email: 'a@ib.example', parent: id },
      { line: 3, ref: 'b', name: 'Sub', email: 'b@ib.example', parent: 'a' },
      { line: 2, ref: 'c', name: 'Sub of sub', email: 'c@ib.example', parent: 'b' },
    ]);
  });

  it.each([
    ['a ref that is none', file('a b,A,a@ib.example,'), 2, 'ref'],
    ['the id of a partner as a ref', file(`${id},A,a@ib.example,`), 2, 'ref'],
    ['a ref that stands twice', file('a,A,a@ib.example,', 'a,B,b@ib.example,'), 3, 'ref'],
    ['no name', file('a,,a@ib.example,'), 2, 'name'],
    ['an address that is none', file('a,A,a@ib,'), 2, 'email'],
    ['an address with a comma', file('a,A,"a,b@ib.example",'), 2, 'email'],
    ['a name with a bell', file('a,A\u0007B,a@ib.example,'), 2, 'name'],
    ['an address that stands twice', file('a,A,x@ib.example,', 'b,B,X@ib.example,'), 3, 'email'],
    ['a parent that is nowhere', file('a,A,a@ib.example,z'), 2, 'parent'],
    ['a partner below itself', file('a,A,a@ib.example,a'), 2, 'parent'],
    ['a column that is missing', 'ref,name,email\na,A,a@ib.example', 1, 'parent'],
    ['a column that is not known', 'ref,name,email,parent,rate\na,A,a@ib.example,,7', 1, 'rate'],
    ['no partner', file(), 1, 'file'],
    [
      'too many',
      file(...Array.from({ length: filedPartnersMax + 1 }, (_, n) => `p${n},P,p${n}@ib.example,`)),
      1,
      'file',
    ],
  ])('names line and field of %s', (_, text, line, field) => {
    expect(readNetworkFile(text).faults).toContainEqual(expect.objectContaining({ line, field }));
  });

  it('finds every row of a circle, and what is below it, and keeps the others', () => {
    const { partners, faults } = readNetworkFile(
      file('a,A,a@ib.example,b', 'b,B,b@ib.example,a', 'c,C,c@ib.example,b', 'd,D,d@ib.example,'),
    );
    expect(faults.map(({ line, field }) => [line, field])).toEqual([
      [2, 'parent'],
      [3, 'parent'],
      [4, 'parent'],
    ]);
    expect(partners.map(({ ref }) => ref)).toEqual(['d']);
  });

  it('never says what stands in the file', () => {
    const { faults } = readNetworkFile(file('Müller,Müller,mueller-at-nowhere,Müller2'));
    expect(JSON.stringify(faults)).not.toMatch(/m[uü]e?ller/i);
  });
});
