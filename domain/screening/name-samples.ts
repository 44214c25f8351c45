/**
 * Invented people for measuring: ordinary given names and family names of a dozen cultures, combined
 * at random within a culture. No list of real people stands behind them.
 */
const cultures: readonly (readonly [given: string, family: string])[] = [
  [
    'James Oliver George Harry Jack Emma Olivia Grace Charlotte Lucy Thomas William Sophie Daniel Hannah Edward Alice Robert Laura Peter',
    'Smith Jones Taylor Brown Wilson Evans Walker Wright Robinson Thompson Hughes Edwards Green Wood Harris Clarke Turner Cooper Ward Baker',
  ],
  [
    'Lukas Felix Jonas Paul Maximilian Anna Lena Marie Laura Julia Stefan Andreas Michael Sabine Petra Heike Juergen Wolfgang Katrin Florian',
    'Mueller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf Schroeder Neumann Schwarz Zimmermann Krueger',
  ],
  [
    'Pierre Jean Luc Antoine Camille Chloe Manon Julie Nicolas Thierry Isabelle Sylvie Mathieu Romain Elodie Aurelie Benoit Celine Hugo Louis',
    'Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garnier Fournier Girard Bonnet Dupont Lambert',
  ],
  [
    'Marco Luca Giulia Francesca Alessandro Matteo Chiara Sara Davide Paolo Elena Martina Giovanni Roberto Valentina Silvia Stefano Andrea Federica Lorenzo',
    'Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Costa Giordano Mancini Rizzo Lombardi Moretti Barbieri',
  ],
  [
    'Carlos Maria Jose Ana Luis Carmen Javier Lucia Miguel Elena Pablo Laura Diego Sofia Fernando Isabel Andres Paula Ricardo Marta',
    'Garcia Lopez|Martinez Sanchez|Gomez Fernandez|Ruiz Gonzalez|Diaz Rodriguez|Moreno Alvarez Romero|Navarro Torres|Dominguez Vazquez Ramos|Gil Serrano Blanco|Molina Suarez Ortega|Delgado Castro Ortiz|Rubio Marin Sanz',
  ],
  [
    'Joao Maria Antonio Ana Francisco Ines Pedro Beatriz Rui Catarina Tiago Mariana Gustavo Fernanda Rafael Camila Bruno Leticia Thiago Larissa',
    'Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Sousa Fernandes Goncalves Gomes Lopes Marques Almeida Ribeiro Carvalho Teixeira Moreira Correia',
  ],
  [
    'Ivan Dmitry Sergey Alexey Elena Olga Natalia Tatiana Andrey Mikhail Irina Svetlana Nikolay Pavel Ekaterina Anastasia Maxim Kirill Yulia Vladimir',
    'Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov Morozov Volkov Alekseev Lebedev Semenov Egorov Pavlov Kozlov Stepanov Nikolaev',
  ],
  [
    'Jan Piotr Krzysztof Andrzej Anna Katarzyna Malgorzata Agnieszka Tomasz Pawel Marcin Ewa Barbara Zofia Jakub Mateusz Karolina Magdalena Wojciech Lukasz',
    'Nowak Kowalski Wisniewski Wojcik Kowalczyk Kaminski Lewandowski Zielinski Szymanski Wozniak Dabrowski Kozlowski Jankowski Mazur Kwiatkowski Krawczyk Kaczmarek Piotrowski Grabowski Pawlowski',
  ],
  [
    'Ahmed Mohamed Omar Youssef Fatima Aisha Khaled Mariam Hassan Layla Ibrahim Nour Tarek Rania Karim Salma Walid Hana Samir Dina',
    'Mansour Farouk Naguib Haddad Khoury Nasser Shaheen Saleh Sabbagh Hamdan Fahmy Zidan Barakat Najjar Darwish Qasim Rashid Awad Issa Habib',
  ],
  [
    'Mehmet Mustafa Ahmet Ali Ayse Fatma Emine Zeynep Huseyin Hasan Murat Elif Merve Emre Burak Selin Can Deniz Esra Kemal',
    'Yilmaz Kaya Demir Celik Sahin Yildiz Yildirim Ozturk Aydin Ozdemir Arslan Dogan Kilic Aslan Cetin Kara Koc Kurt Ozkan Simsek',
  ],
  [
    'Rahul Priya Amit Anjali Vikram Neha Sanjay Pooja Arjun Kavita Rohan Divya Suresh Lakshmi Rajesh Sunita Deepak Meera Anil Ritu',
    'Sharma Patel Singh Kumar Gupta Reddy Nair Iyer Mehta Joshi Desai Rao Verma Kapoor Malhotra Chopra Banerjee Mukherjee Pillai Bhat',
  ],
  [
    'Wei Fang Li Min Jun Yan Hui Ling Xin Jing Tao Mei Hong Lei Qiang Na Bo Yu Chen Hao',
    'Wang Zhang Liu Yang Huang Zhao Zhou Wu Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang',
  ],
  [
    'Nguyen Thanh Minh Huong Anh Somchai Siriporn Budi Siti Agus Dewi Putri Rizal Maria Joshua Angelica Kwame Ama Chinedu Ngozi',
    'Tran Pham Hoang Phan Vu Sukhum Chaiyasit Santoso Wijaya Kusuma Hidayat Nugroho Reyes Mendoza Villanueva Mensah Boateng Okafor Adeyemi Eze',
  ],
];

export interface SamplePerson {
  readonly name: string;
  readonly dateOfBirth: string;
}

/** Invented people, the same for the same seed; a fifth have a second given name. */
export function samplePeople(count: number, seed: number): SamplePerson[] {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  };
  return Array.from({ length: count }, () => {
    const [given, family] = pick(cultures);
    const second = random() < 0.2 ? ` ${pick(given.split(' '))}` : '';
    const name = `${pick(given.split(' '))}${second} ${pick(family.split(' ')).replace('|', ' ')}`;
    const year = 1950 + Math.floor(random() * 55);
    const month = String(1 + Math.floor(random() * 12)).padStart(2, '0');
    const day = String(1 + Math.floor(random() * 28)).padStart(2, '0');
    return { name, dateOfBirth: `${String(year)}-${month}-${day}` };
  });
}

/** The light alterations a listed name must still be found under. */
export const alterations = [
  'letter replaced',
  'letter left out',
  'letter added',
  'letters swapped',
  'letter doubled',
  'words in another order',
  'words run together',
  'accents and punctuation',
] as const;
export type Alteration = (typeof alterations)[number];

const consonants = 'bcdfghklmnprstvz';
const vowels = 'aeiou';

/** The name with one light alteration, made in a word of at least four letters. */
export function alterName(name: string, alteration: Alteration, random: () => number): string {
  const words = name.replace(/,/g, ' ').split(/\s+/).filter(Boolean);
  const long = words
    .map((word, i) => ({ word, i }))
    .filter(({ word }) => /^[A-Za-z'-]{4,}$/.test(word));
  const chosen = long[Math.floor(random() * long.length)];
  if (alteration === 'words in another order') return [...words.slice(1), words[0] ?? ''].join(' ');
  if (alteration === 'accents and punctuation')
    return words.join('-').replace('a', 'á').replace('e', 'é').replace('o', 'ö').toUpperCase();
  if (alteration === 'words run together')
    return words.length < 3
      ? name
      : [`${words[0] ?? ''}${words[1] ?? ''}`, ...words.slice(2)].join(' ');
  if (chosen === undefined) return name;
  const { word, i } = chosen;
  const at = Math.floor(random() * (word.length - 1));
  const letter = word.charAt(at);
  const source = vowels.includes(letter.toLowerCase()) ? vowels : consonants;
  const other = source.charAt(Math.floor(random() * source.length));
  const altered = {
    'letter replaced': word.slice(0, at) + other + word.slice(at + 1),
    'letter left out': word.slice(0, at) + word.slice(at + 1),
    'letter added': word.slice(0, at) + other + word.slice(at),
    'letters swapped': word.slice(0, at) + word.charAt(at + 1) + letter + word.slice(at + 2),
    'letter doubled': word.slice(0, at) + letter + word.slice(at),
  }[alteration];
  return words.map((each, position) => (position === i ? altered : each)).join(' ');
}

/** A small seeded generator (mulberry32): the same numbers for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
