import { accountOf, apply, onboardingState, type Applicant } from '../../cli/demo/applicants';
import { text } from '../../cli/demo/http';
import { depositByCard } from '../../cli/demo/money';
import type { Person, World } from '../../cli/demo/world';

/** For tests only: an account as the test knows it, by a name that is the same in every run. */
export interface KnownAccount {
  readonly id: string;
  readonly alias: string;
  /** The password that its holder has set last. */
  password?: string;
}

/** For tests only: a client with a verified identity, a first account and money in the wallet. */
export interface Trader {
  readonly alias: string;
  readonly person: Person;
  readonly clientId: string;
  /** By place: the first account and those opened later; after a move the one that took over. */
  readonly accounts: KnownAccount[];
  /** All that were ever opened, in this order. */
  readonly everOpened: KnownAccount[];
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
  const { person, clientId } = applied;
  const trader: Trader = {
    alias: `client-${index}`,
    person,
    clientId,
    accounts: [],
    everOpened: [],
  };
  addAccount(trader, text(account, 'id'));
  return trader;
}

/** An account that was opened: in a place of its own, or in that of the one whose place it takes. */
export function addAccount(trader: Trader, id: string, place = trader.accounts.length): void {
  const account = { id, alias: `${trader.alias}/account-${trader.everOpened.length + 1}` };
  trader.accounts[place] = account;
  trader.everOpened.push(account);
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
