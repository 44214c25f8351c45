import { accountOf, apply, onboardingState, type Applicant } from '../../cli/demo/applicants';
import { text } from '../../cli/demo/http';
import { depositByCard } from '../../cli/demo/money';
import type { Person, World } from '../../cli/demo/world';

/** For tests only: a client with a verified identity, a first account and money in the wallet. */
export interface Trader {
  readonly alias: string;
  readonly person: Person;
  /** The first account and those that are opened later, in this order. */
  readonly accounts: { readonly id: string; readonly alias: string }[];
}

/** What everybody deposits before it begins. */
export const funds = '9000.00';
export const currency = 'USD';

/** Registers people of the offshore entity through the API, a few at a time, and lets them deposit by card. */
export async function gatherTraders(world: World, count: number): Promise<Trader[]> {
  const waiting = Array.from({ length: count }, (_, index) => index);
  const traders: Trader[] = [];
  const work = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      traders[index] = await gatherOne(world, index);
    }
  };
  await Promise.all(Array.from({ length: 3 }, work));
  return traders;
}

async function gatherOne(world: World, index: number): Promise<Trader> {
  const applied = await apply(world, applicant(world, index));
  await onboardingState(applied.person, ['approved']);
  const account = await accountOf(applied.person, ['active']);
  await depositByCard(world, applied.person, { amount: funds, currency });
  const alias = `client-${index}`;
  const first = { id: text(account, 'id'), alias: `${alias}/account-1` };
  return { alias, person: applied.person, accounts: [first] };
}

function applicant(world: World, index: number): Applicant {
  const letter = String.fromCharCode(65 + index);
  return {
    alias: `trader-${index}`,
    residence: 'MU',
    nationality: 'MU',
    issuer: 'MUS',
    currency,
    proofOfAddress: false,
    given: `Person${letter.toLowerCase()}`,
    family: `Quiet${letter.toLowerCase()}harbour`,
    birthDate: `19${70 + index}-03-0${1 + (index % 9)}`,
    number: `${letter}${numberOf(world.run)}`,
    expires: '2033-03-03',
    sex: index % 2 === 0 ? 'F' : 'M',
    address: `${index + 1} Harbour Road, Port Louis`,
  };
}

/** Numbers of papers are this run's own: a person may be a client once. */
function numberOf(run: string): string {
  const digits = [...run].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 9_999_991, 7);
  return String(digits).padStart(7, '0');
}
