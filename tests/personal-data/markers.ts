import { randomInt } from 'node:crypto';
import { disguisesOf } from './disguises';
import { takes, type Schema } from './fields';

/** For tests only: something recognisable that a person typed into one field. */
export interface Marker {
  /** Whose field, and which: `anna: given name`; of words of the business the field of the document. */
  readonly field: string;
  /** A password: nobody is shown it again, not even who typed it. */
  readonly isSecret: boolean;
}

/** Columns that keep a field in clear on purpose, each with the reason; by the field. */
export type BusinessWords = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Every disguise of a marker has at least this many characters, by the first of which it is found. */
const startLength = 6;

/** Makes the things that people type, each one never seen before, and finds them again in any text. */
export class Markers {
  readonly #days = new Set<string>();
  readonly #byStart = new Map<string, { readonly form: string; readonly marker: Marker }[]>();

  constructor(readonly businessWords: BusinessWords = {}) {}

  /** A made-up word of twelve letters, capitalised as a name. */
  word(field: string): string {
    return this.add(field, wordText());
  }

  email(field: string): string {
    return `${this.word(field).toLowerCase()}@people.example`;
  }

  /** Long enough for every log-in. */
  password(field: string): string {
    return this.add(field, `Zq${letters(12)}`, { isSecret: true });
  }

  /** Eight to sixteen visible characters with everything that a trading platform wants in a password. */
  platformPassword(field: string): string {
    return this.add(field, platformText(), { isSecret: true });
  }

  phone(field: string): string {
    return this.add(field, phoneText());
  }

  /** A date of birth that nobody else in the run has. */
  birthDate(field: string): string {
    const text = this.unusedDate();
    const [year, month, day] = text.split('-');
    const words = new Date(text).toUTCString().slice(5, 16);
    return this.add(field, text, {
      also: [
        `${day}.${month}.${year}`,
        `${day}/${month}/${year}`,
        `${month}/${day}/${year}`,
        words,
      ],
    });
  }

  /** The number of a document: nine characters as a passport has them. */
  documentNumber(field: string): string {
    return this.add(field, `ZQ${numerals(7)}`);
  }

  /** The lines of a paper that a machine reads. */
  lines(field: string, text: string): string {
    for (const line of text.split('\n')) this.add(field, line);
    return text;
  }

  iban(field: string): string {
    const text = ibanText();
    return this.add(field, text, { also: [text.slice(4), `ending ${text.slice(-4)}`] });
  }

  /** Of a bank account without an IBAN, told by its last digits where they are shown. */
  accountNumber(field: string): string {
    const text = `7${numerals(10)}`;
    return this.add(field, text, { also: [`ending ${text.slice(-4)}`] });
  }

  /** An address of a chain and its key's signatures; told by its ends where it is shown in part. */
  address(field: string, text: string): string {
    return this.add(field, text, { also: [`${text.slice(0, 6)}…${text.slice(-4)}`] });
  }

  bic(field: string): string {
    return this.add(field, bicText());
  }

  /** A card number that the provider approves, told by its last digits where they are shown. */
  cardNumber(field: string): string {
    const text = cardText();
    const last4 = text.slice(-4);
    return this.add(field, text, {
      also: [`ending ${last4}`, `"last4":"${last4}"`, `"last4": "${last4}"`],
    });
  }

  /** What tells of a person and fits the schema; a word where nothing of the kind does. */
  fitting(field: string, schema: Schema): string {
    // The field itself, not the address of its form: a letter with a link to a password has none.
    const isSecret = /password[^ ]*$/i.test(field);
    const word = wordText();
    const texts = isSecret
      ? [platformText()]
      : [
          ...[word, word.toLowerCase(), `${word.toLowerCase()}@people.example`],
          ...[bicText(), phoneText(), ...(takes(schema, dateText()) ? [this.unusedDate()] : [])],
          ibanText(),
        ];
    return this.add(field, texts.find((text) => takes(schema, text)) ?? word, { isSecret });
  }

  /** Of two fields with the same day nobody could tell which of them was found; some write the month first. */
  private unusedDate(): string {
    for (;;) {
      const text = dateText();
      const [year = '', ...rest] = text.split('-');
      const key = [year, ...rest.sort()].join('-');
      if (this.#days.has(key)) continue;
      this.#days.add(key);
      return text;
    }
  }

  /** Remembers a text that was made elsewhere. */
  add(
    field: string,
    text: string,
    { also = [], isSecret = false }: { also?: readonly string[]; isSecret?: boolean } = {},
  ): string {
    const marker = { field, isSecret };
    for (const form of new Set([text, ...also].flatMap(disguisesOf))) {
      const start = form.slice(0, startLength);
      this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), { form, marker }]);
    }
    return text;
  }

  /** The markers that a text tells, also inside JSON in JSON. */
  found(text: string): Marker[] {
    const plain = text.replaceAll(/\\+"/g, '"').toLowerCase();
    const found = new Set<Marker>();
    for (let at = 0; at + startLength <= plain.length; at += 1) {
      for (const { form, marker } of this.#byStart.get(plain.slice(at, at + startLength)) ?? []) {
        if (plain.startsWith(form, at)) found.add(marker);
      }
    }
    return [...found];
  }

  /** Whether a column may keep in clear what was typed into the field. */
  mayStandIn(field: string, place: string): boolean {
    const name = field.replace(/^wrong /, '');
    return this.businessWords[name]?.[place] !== undefined;
  }
}

function wordText(): string {
  return `Zq${letters(10)}`;
}

function platformText(): string {
  return `Zq${letters(6)}7!`;
}

function phoneText(): string {
  return `+357${numerals(11)}`;
}

/** From 1928 to 1948: nobody on the list that ships was born then. */
function dateText(): string {
  return new Date(Date.UTC(1928, 0, 1 + randomInt(7_500))).toISOString().slice(0, 10);
}

function bicText(): string {
  return `ZQ${letters(6).toUpperCase()}`;
}

/** A German IBAN whose check digits hold (ISO 13616). */
function ibanText(): string {
  const account = `9${numerals(17)}`;
  const check = 98n - (BigInt(`${account}131400`) % 97n);
  return `DE${String(check).padStart(2, '0')}${account}`;
}

/** Sixteen digits whose last one holds (Luhn, ISO/IEC 7812-1). */
function cardText(): string {
  const body = `4${numerals(14)}`;
  const sum = [...body].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

function letters(count: number): string {
  return Array.from({ length: count }, () => String.fromCharCode(97 + randomInt(26))).join('');
}

function numerals(count: number): string {
  return Array.from({ length: count }, (_, index) =>
    String(index === 0 ? 1 + randomInt(9) : randomInt(10)),
  ).join('');
}
