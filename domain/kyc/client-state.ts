import { conflict } from '../problem';

/** A client's life with the house. Restrictions are rows beside it, not states. */
export const clientStates = [
  'registered',
  'application_incomplete',
  'submitted',
  'in_review',
  'information_requested',
  'approved',
  'rejected',
  'funded',
  'active',
  'inactive',
  'suspended',
  'closed',
  'terminated',
] as const;
export type ClientState = (typeof clientStates)[number];

export const clientEvents = [
  'application_started',
  'application_submitted',
  'referred',
  'information_requested',
  'information_supplied',
  'approved',
  'rejected',
  'first_deposit',
  'traded',
  'idle',
  'suspended',
  'reinstated',
  'closed',
  'terminated',
] as const;
export type ClientEvent = (typeof clientEvents)[number];

type Moves = Partial<Record<ClientEvent, ClientState>>;

const ending: Moves = { closed: 'closed', terminated: 'terminated' };
const customer: Moves = {
  suspended: 'suspended',
  ...ending,
  // A periodic review that goes wrong takes an approved client back to a person.
  referred: 'in_review',
  information_requested: 'information_requested',
};
/** Unverified clients may deposit and trade where policy allows it: that moves their money, not their verification. */
function unverified(state: ClientState): Moves {
  return { ...ending, first_deposit: state, traded: state };
}

const moves: Readonly<Record<ClientState, Moves>> = {
  registered: {
    ...unverified('registered'),
    application_started: 'application_incomplete',
    application_submitted: 'submitted',
  },
  application_incomplete: {
    ...unverified('application_incomplete'),
    application_submitted: 'submitted',
  },
  submitted: {
    ...unverified('submitted'),
    approved: 'approved',
    referred: 'in_review',
    information_requested: 'information_requested',
    rejected: 'rejected',
  },
  in_review: {
    ...unverified('in_review'),
    approved: 'approved',
    rejected: 'rejected',
    information_requested: 'information_requested',
  },
  information_requested: {
    ...unverified('information_requested'),
    information_supplied: 'submitted',
    referred: 'in_review',
    rejected: 'rejected',
  },
  approved: { ...customer, first_deposit: 'funded', traded: 'active' },
  rejected: { ...ending, application_started: 'application_incomplete' },
  funded: { ...customer, first_deposit: 'funded', traded: 'active', idle: 'inactive' },
  active: { ...customer, first_deposit: 'active', traded: 'active', idle: 'inactive' },
  inactive: { ...customer, traded: 'active', first_deposit: 'funded' },
  suspended: { ...ending, reinstated: 'approved' },
  closed: {},
  terminated: {},
};

/** Throws Problem 409 `client_state` when the event cannot happen in the state. */
export function advanceClient(state: ClientState, event: ClientEvent): ClientState {
  const next = moves[state][event];
  if (next === undefined)
    throw conflict('client_state', `A client who is ${state} cannot become "${event}".`, { state });
  return next;
}

/** Whether the client has been verified and not lost it since. */
export function isVerified(state: ClientState): boolean {
  return state === 'approved' || state === 'funded' || state === 'active' || state === 'inactive';
}

/** Closed and terminated are for ever. */
export function isFinal(state: ClientState): boolean {
  return Object.keys(moves[state]).length === 0;
}
