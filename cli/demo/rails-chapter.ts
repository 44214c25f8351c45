import { isRecord } from '../../domain/record';
import { formatAmount, parseAmount } from '../../domain/money';
import { apply, onboardingState, type Applicant } from './applicants';
import { takeCampaign } from './bonus-chapter';
import { offerCampaign } from './campaign-draft';
import { control, ControlRefused } from './foreign';
import { list, text, until } from './http';
import {
  askDeposit,
  decide,
  depositByCard,
  inState,
  nextAction,
  recordMoney,
  taskAbout,
} from './money';
import { applicants } from './onboarding-chapter';
import { walletOf } from './own-wallet';
import type { Report } from './report';
import { preferSecondAccount, secondAccountFrom, secondAccountTo } from './routing-draft';
import type { Staff } from './staff';
import type { Person, World } from './world';

type Body = Readonly<Record<string, unknown>>;

const shillings = { amount: '2500.00', currency: 'KES' };
const baht = { amount: '1500.00', currency: 'THB' };
const dollarTokens = { amount: '300.000000', currency: 'USDC' };
const walletMoney = { amount: '200.00', currency: 'USD' };

/**
 * Money comes and goes over rails of other countries: a prompt on a phone, a code, a wallet; a card payment that one
 * provider refuses is taken by another, and a campaign's bonus comes and goes with the money it is for. In the end each provider holds what the ledger says it does.
 */
export async function payAcrossRails(world: World, staff: Staff, report: Report): Promise<void> {
  report.chapter('Other countries, other rails');
  const who = applicants(world);
  const [kioni, mali] = await Promise.all([
    approved(world, staff, who.kioni),
    approved(world, staff, who.mali),
    preferSecondAccount(staff),
    offerCampaign(staff),
  ]);
  const [depositId] = await Promise.all([
    byWallet(world, report, mali),
    byPhone(world, report, kioni),
    byCode(world, report, mali),
  ]);
  const [byCardMinor] = await Promise.all([
    whenOneRefuses(world, report, mali),
    takeCampaign(report, mali, { depositId, amount: walletMoney }),
  ]);
  await backToWhereItCameFrom(report, mali, byCardMinor);
  await toHerOwnBank(staff, report, mali, who.mali);
  // Last: a new address makes people look at every withdrawal for days.
  await byTokens(world, staff, report, mali);
  await explainClearing(world, staff, report);
  await endAtZero(staff, report, [kioni, mali]);
}

/** A client whom the rules approve, or people where they ask for it. */
async function approved(world: World, staff: Staff, applicant: Applicant): Promise<Person> {
  const { person, caseId } = await apply(world, applicant);
  await until(`${applicant.alias} to be approved`, async () => {
    const told = await person.get('/api/v1/me/onboarding');
    if (told['state'] === 'approved') return told;
    for (const officer of [staff.compliance1, staff.compliance2]) {
      const page = await officer.get('/api/v1/tasks?view=all&kind=kyc_review&limit=200');
      const review = list(page, 'data').find((task) => task['subject'] === caseId);
      if (review?.['state'] !== 'open') break;
      await examine(officer, caseId);
      if (applicant.tellsSources === true) await corroborate(officer, caseId);
      await decide(officer, text(review, 'id'), 'approve', 'papers and funds were looked at');
    }
    return undefined;
  });
  await onboardingState(person, ['approved']);
  return person;
}

/** An officer has looked at each document that the machine left to people. */
async function examine(officer: Person, caseId: string): Promise<void> {
  const of = await officer.get(`/api/v1/kyc-cases/${caseId}`);
  for (const document of list(of, 'documents'))
    if (document['state'] === 'new')
      await officer.post(`/api/v1/documents/${text(document, 'id')}/decision`, {
        decision: 'approve',
      });
}

/** An officer has looked at the papers of what the client told of their money. */
async function corroborate(officer: Person, caseId: string): Promise<void> {
  const page = await officer.get(`/api/v1/kyc-cases/${caseId}/declared-sources`);
  for (const source of list(page, 'data'))
    if (source['state'] === 'declared')
      await officer.post(`/api/v1/declared-sources/${text(source, 'id')}/decision`, {
        ...{ decision: 'corroborate', note: 'The statements show the salary.' },
      });
}

async function byPhone(world: World, report: Report, kioni: Person): Promise<void> {
  const ways = list(await kioni.get('/api/v1/ways-to-pay'), 'data').map((way) =>
    text(way, 'title'),
  );
  const id = await promptedOnPhone(world, kioni);
  const deposit = await inState(kioni, `/api/v1/deposits/${id}`, ['credited', 'failed', 'held']);
  report.step(
    'kioni in Kenya: confirmed a prompt on the phone, and the wallet has the shillings',
    `offered ${ways.join(', ')}; ${shillings.amount} ${shillings.currency}, ${String(deposit['state'])}`,
  );
  recordMoney(report, 'kioni.deposit', deposit);

  const asked = text(await kioni.post('/api/v1/withdrawals', { amount: shillings }), 'id');
  const paid = await ended(kioni, asked);
  report.step(
    'kioni: withdrew it to the phone that had paid, which the policy allows by its rate of the shilling',
    legsOf(paid),
  );
  recordMoney(report, 'kioni.withdrawal', paid);
}

/**
 * A deposit whose prompt has come to the phone, and was confirmed. M-Pesa cannot be asked about one that nobody heard
 * of, as when a worker is killed while it asks: whoever waits in vain asks for another.
 */
async function promptedOnPhone(world: World, kioni: Person): Promise<string> {
  const payer = { phone: phoneOf(world) };
  for (let tries = 1; ; tries += 1) {
    const id = await askDeposit(kioni, shillings, 'mobile_money', payer);
    try {
      await until(
        'the prompt on the phone',
        () => paidIn(world, { side: 'mpesa', reference: id }),
        20_000,
      );
      return id;
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}

async function byCode(world: World, report: Report, mali: Person): Promise<void> {
  const id = await askDeposit(mali, baht, 'qr');
  const action = await nextAction(mali, id);
  await payIn(world, { side: 'xendit', reference: id });
  const deposit = await inState(mali, `/api/v1/deposits/${id}`, ['credited', 'failed', 'held']);
  report.step(
    'mali in Thailand: scanned a code of PromptPay, and the wallet has the baht',
    `${baht.amount} ${baht.currency}, code ${text(action, 'payload').slice(0, 24)}…, ${String(deposit['state'])}`,
  );
  recordMoney(report, 'mali.code', deposit);
}

async function byWallet(world: World, report: Report, mali: Person): Promise<string> {
  const id = await askDeposit(mali, walletMoney, 'e-wallet');
  await nextAction(mali, id);
  await payIn(world, { side: 'ewallet', reference: id, payer: `mali.${world.run}@wallet.example` });
  const deposit = await inState(mali, `/api/v1/deposits/${id}`, ['credited', 'failed', 'held']);
  report.step(
    'mali: paid from an e-wallet on its page',
    `${walletMoney.amount} ${walletMoney.currency}, ${String(deposit['state'])}`,
  );
  recordMoney(report, 'mali.wallet', deposit);
  return id;
}

/** The provider that routing prefers refuses so that the next may be asked, which takes it. Answers what was paid. */
async function whenOneRefuses(world: World, report: Report, mali: Person): Promise<bigint> {
  let paidMinor = 0n;
  for (let cents = 1; ; cents += 1) {
    const amount = { amount: `120.0${cents}`, currency: 'USD' };
    await control(world.addresses.pspControl, '/faults', {
      ...{ kind: 'refuse', operation: 'payment', code: 'processing_error', status: 402, times: 1 },
      match: `amount=1200${cents}&`,
    });
    const id = await depositByCard(world, mali, amount);
    const deposit = await inState(mali, `/api/v1/deposits/${id}`, ['credited']);
    paidMinor += parseAmount(amount.amount, amount.currency);
    // A worker that is killed while it is refused hears nothing of it, and asks the same provider again.
    if (deposit['provider'] !== secondAccountTo && cents < 5) continue;
    report.step(
      `mali: a card payment that ${secondAccountFrom} refused was taken by ${secondAccountTo}`,
      `${amount.amount} ${amount.currency}, ${String(deposit['state'])} at ${String(deposit['provider'])}`,
    );
    report.record('mali.card', { state: deposit['state'], provider: deposit['provider'] });
    return paidMinor;
  }
}

/** All the dollars: each part to what it came from. */
async function backToWhereItCameFrom(
  report: Report,
  mali: Person,
  byCardMinor: bigint,
): Promise<void> {
  const { currency } = walletMoney;
  const allMinor = byCardMinor + parseAmount(walletMoney.amount, currency);
  const amount = { amount: formatAmount(allMinor, currency), currency };
  const asked = await mali.post('/api/v1/withdrawals', { amount });
  const paid = await ended(mali, text(asked, 'id'));
  report.step('mali: withdrew all dollars to the wallet and the card that had paid', legsOf(paid));
  report.record('mali.withdrawal', { state: paid['state'] });
}

/** Nothing goes back to a code, so the baht go to an account in her own name, which is new: a person looks at it. */
async function toHerOwnBank(
  staff: Staff,
  report: Report,
  mali: Person,
  { given, family }: Applicant,
): Promise<void> {
  const account = await mali.post('/api/v1/payment-sources', {
    ...{ holderName: `${given} ${family}`, country: 'TH' },
    ...{ bankCode: 'SCB', accountNumber: '4060123456' },
  });
  const asked = await mali.post('/api/v1/withdrawals', {
    ...{ amount: baht, bankAccountId: text(account, 'id') },
  });
  const id = text(asked, 'id');
  await approveWithdrawal(staff, id, 'in her own name');
  const paid = await ended(mali, id);
  report.step(
    'mali: withdrew the baht to a Thai bank account in her own name, once a colleague had looked at it',
    `${text(account, 'label')}; ${legsOf(paid)}`,
  );
  recordMoney(report, 'mali.baht', paid);
}

/** Whoever paid in here has nothing left in any currency, and the whole ledger sums to nothing. */
async function endAtZero(staff: Staff, report: Report, people: readonly Person[]): Promise<void> {
  const wallets: Body[] = [];
  for (const person of people) {
    const clientId = text(await person.get('/api/v1/me'), 'clientId');
    const of = `code=wallet&clientId=${clientId}&limit=200`;
    wallets.push(...list(await staff.finance1.get(`/api/v1/ledger/accounts?${of}`), 'data'));
  }
  const left = [...sumsOf(wallets)].sort(([a], [b]) => a.localeCompare(b));
  const used = [shillings, baht, walletMoney].map(({ currency }) => currency);
  const isMissing = used.some((currency) => !left.some(([of]) => of === currency));
  const words = left.map(([currency, minor]) => `${formatAmount(minor, currency)} ${currency}`);
  if (isMissing || left.some(([, minor]) => minor !== 0n))
    throw new Error(`the wallets of this chapter end at ${words.join(', ')}`);
  // Read page by page, and something may be posted between two of them.
  const all = await until('the accounts of the ledger to sum to zero', async () => {
    const sums = [...sumsOf(await allAccounts(staff.finance1))];
    return sums.every(([, minor]) => minor === 0n) ? sums : undefined;
  });
  report.step(
    'ledger: the wallets of these clients are at zero in every currency',
    `${words.join(', ')}; all accounts of the ledger together: zero in ${all.length} currencies`,
  );
}

async function allAccounts(finance: Person): Promise<Body[]> {
  const accounts: Body[] = [];
  let cursor = '';
  do {
    const page = await finance.get(`/api/v1/ledger/accounts?limit=200${cursor}`);
    accounts.push(...list(page, 'data'));
    cursor = page['nextCursor'] === null ? '' : `&cursor=${text(page, 'nextCursor')}`;
  } while (cursor !== '');
  return accounts;
}

/** Balances together, by currency. */
function sumsOf(accounts: readonly Body[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { balance } of accounts) {
    if (!isRecord(balance)) throw new Error('an account has no balance');
    const currency = text(balance, 'currency');
    const minor = parseAmount(text(balance, 'amount'), currency);
    sums.set(currency, (sums.get(currency) ?? 0n) + minor);
  }
  return sums;
}

/** One colleague approves it, and a second one where the rules want two. */
async function approveWithdrawal(staff: Staff, id: string, why: string): Promise<void> {
  const taskId = text(await taskAbout(staff.finance1, 'withdrawal_approval', id), 'id');
  await decide(staff.finance1, taskId, 'approve', why);
  const present = await staff.finance1.get(`/api/v1/tasks/${taskId}`);
  if (present['state'] === 'open')
    await decide(staff.finance2, taskId, 'approve', 'second pair of eyes');
}

/** Tokens come to an address of a real chain, and leave for one that its owner has signed for, by the custodian. */
async function byTokens(world: World, staff: Staff, report: Report, mali: Person): Promise<void> {
  const { chainControl } = world.addresses;
  if (chainControl === undefined) {
    report.step('no tokens: the node of the chain is not installed here', 'npm ci gets it');
    return;
  }
  const id = await askDeposit(mali, dollarTokens, 'crypto');
  const action = await nextAction(mali, id);
  const { amount, currency } = dollarTokens;
  const units = parseAmount(amount, currency).toString();
  await control(chainControl, '/pay', { address: text(action, 'address'), token: currency, units });
  const deposit = await until(
    `${id} to be confirmed`,
    async () => {
      const now = await mali.get(`/api/v1/deposits/${id}`);
      if (now['state'] !== 'awaiting_payment') return now;
      // A simulator that was killed forgets that it was to build blocks on the payment.
      await control(chainControl, '/mine', { blocks: 1 });
      return undefined;
    },
    120_000,
  );
  report.step(
    'mali: sent tokens to an address that was shown, and the wallet has them after the confirmations',
    `${amount} ${currency} on ${text(action, 'chain')}, ${String(action['confirmations'])} confirmations, ${String(deposit['state'])}`,
  );
  recordMoney(report, 'mali.tokens', deposit);

  const own = walletOf(`${world.run}/mali`);
  const added = await mali.post('/api/v1/payout-addresses', {
    ...{ network: 'ethereum', address: own.address },
  });
  const addressId = text(added, 'id');
  const proof = `/api/v1/payout-addresses/${addressId}/proof`;
  await mali.post(proof, { signature: own.sign(text(await mali.get(proof), 'text')) });
  const asked = text(
    await mali.post('/api/v1/withdrawals', { amount: dollarTokens, addressId }),
    'id',
  );
  await approveWithdrawal(staff, asked, 'the address is signed for');
  const paid = await ended(mali, asked);
  report.step(
    'mali: proved a wallet by a signature and withdrew the tokens to it, by the custodian',
    legsOf(paid),
  );
  recordMoney(report, 'mali.tokens.withdrawal', paid);
}

/** What each provider moved by its own count is what the ledger says it holds for the house. */
async function explainClearing(world: World, staff: Staff, report: Report): Promise<void> {
  const accounts = await until('the providers to agree with the ledger', async () => {
    const held = await movedByProviders(world);
    const kept = await clearingOf(staff);
    const all = [...new Set([...held.keys(), ...kept.keys()])].filter(isExplained).sort();
    const differ = all.filter((key) => (held.get(key) ?? 0n) !== -(kept.get(key) ?? 0n));
    if (differ.length > 0) return undefined;
    return all.map((key) => `${key} ${worded(key, held.get(key) ?? 0n)}`);
  });
  report.step(
    'what each of these providers holds is what the ledger says it owes the house',
    accounts.join(', '),
  );
}

/** Of providers that only this chapter uses: the others have returns and chargebacks of other chapters under way. */
function isExplained(key: string): boolean {
  return ['mpesa/', 'xendit/', 'ewallet/', 'custodian/'].some((provider) =>
    key.startsWith(provider),
  );
}

/** Pay-ins less refunds and payouts, by provider and currency, as the providers count them. */
async function movedByProviders(world: World): Promise<ReadonlyMap<string, bigint>> {
  const sums = new Map<string, bigint>();
  for (const effect of list(await control(world.addresses.pspControl, '/effects'), 'effects')) {
    const key = `${text(effect, 'side')}/${text(effect, 'currency')}`;
    const minor = BigInt(text(effect, 'amountMinor'));
    sums.set(key, (sums.get(key) ?? 0n) + (effect['operation'] === 'payment' ? minor : -minor));
  }
  return sums;
}

async function clearingOf(staff: Staff): Promise<ReadonlyMap<string, bigint>> {
  const sums = new Map<string, bigint>();
  const page = await staff.finance1.get('/api/v1/ledger/accounts?code=psp_clearing&limit=200');
  for (const account of list(page, 'data')) {
    const { balance } = account;
    if (!isRecord(balance)) throw new Error('an account has no balance');
    const currency = text(balance, 'currency');
    const key = `${text(account, 'owner')}/${currency}`;
    sums.set(key, (sums.get(key) ?? 0n) + parseAmount(text(balance, 'amount'), currency));
  }
  return sums;
}

function worded(key: string, minor: bigint): string {
  return formatAmount(minor, key.split('/')[1] ?? '');
}

async function ended(person: Person, id: string): Promise<Readonly<Record<string, unknown>>> {
  return inState(
    person,
    `/api/v1/withdrawals/${id}`,
    ['paid', 'partly_paid', 'failed', 'rejected'],
    120_000,
  );
}

function legsOf(paid: Readonly<Record<string, unknown>>): string {
  const legs = list(paid, 'legs').map(
    (leg) => `${String(leg['kind'])} ${JSON.stringify(leg['amount'])} ${String(leg['state'])}`,
  );
  return `${String(paid['state'])}: ${legs.join(', ')}`;
}

/** The payer does what they were shown. A killed simulator comes back with what it had taken. */
async function payIn(world: World, order: Readonly<Record<string, string>>): Promise<void> {
  await until(`${order['side']} to be paid`, () => paidIn(world, order));
}

/** True once it is paid, by this call or one whose answer was lost; undefined while there is nothing to pay. */
async function paidIn(
  world: World,
  order: Readonly<Record<string, string>>,
): Promise<true | undefined> {
  try {
    await control(world.addresses.pspControl, '/pay-in', order);
    return true;
  } catch (error) {
    if (!(error instanceof ControlRefused)) throw error;
    if (error.message.includes('it is paid')) return true;
    if (error.message.includes('no such payment')) return undefined;
    throw error;
  }
}

/** Kioni's own number in each run: one that another client has paid with is a third party's. */
function phoneOf(world: World): string {
  const digits = [...world.run].reduce(
    (sum, char) => (sum * 37 + char.charCodeAt(0)) % 99_999_989,
    11,
  );
  return `+2547${String(digits).padStart(8, '0')}`;
}
