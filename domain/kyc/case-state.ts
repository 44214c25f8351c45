import { conflict } from '../problem';
import { type ClientState } from './client-state';

/**
 * A KYC case: collecting → checking → approved, in review or information requested; a person's
 * decision ends it. Approved and rejected are final: a later review is a new case.
 */
export const kycCaseStates = [
  'collecting',
  'checking',
  'in_review',
  'information_requested',
  'approved',
  'rejected',
] as const;
export type KycCaseState = (typeof kycCaseStates)[number];

export const kycCaseCommands = [
  'submit',
  'refer',
  'request_information',
  'resubmit',
  'approve',
  'reject',
] as const;
export type KycCaseCommand = (typeof kycCaseCommands)[number];

const moves: Readonly<Record<KycCaseState, Partial<Record<KycCaseCommand, KycCaseState>>>> = {
  collecting: { submit: 'checking' },
  checking: {
    approve: 'approved',
    refer: 'in_review',
    request_information: 'information_requested',
    reject: 'rejected',
  },
  in_review: {
    approve: 'approved',
    reject: 'rejected',
    request_information: 'information_requested',
  },
  information_requested: { resubmit: 'checking', refer: 'in_review', reject: 'rejected' },
  approved: {},
  rejected: {},
};

/** Throws Problem 409 `kyc_case_state` when the state does not take the command. */
export function advanceKycCase(state: KycCaseState, command: KycCaseCommand): KycCaseState {
  const next = moves[state][command];
  if (next === undefined)
    throw conflict('kyc_case_state', `A case that is ${state} cannot take "${command}".`, {
      state,
    });
  return next;
}

/** Commands the state takes. */
export function kycCaseCommandsOf(state: KycCaseState): readonly KycCaseCommand[] {
  return kycCaseCommands.filter((command) => moves[state][command] !== undefined);
}

/** What the client's own state is while the case is in this one. */
export function clientStateOfCase(state: KycCaseState): ClientState {
  switch (state) {
    case 'collecting':
      return 'application_incomplete';
    case 'checking':
      return 'submitted';
    case 'in_review':
    case 'information_requested':
    case 'approved':
    case 'rejected':
      return state;
  }
}
