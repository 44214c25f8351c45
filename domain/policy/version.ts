import { conflict, type Problem, refused } from '../problem';
import { type PolicyKind } from './kinds/registry';

/**
 * A policy version's life: draft ⇄ submitted → published; draft or submitted → withdrawn.
 * A published body is never edited: a later `effectiveFrom` takes over, and rolling back publishes
 * the old body as a new version.
 */
export const policyStates = ['draft', 'submitted', 'published', 'withdrawn'] as const;
export type PolicyState = (typeof policyStates)[number];

/** Which layer: an entity's overlay stands above its jurisdiction's, and that above the base. */
export const policyLayerNames = ['base', 'jurisdiction', 'entity'] as const;
export type PolicyLayerName = (typeof policyLayerNames)[number];

export interface PolicyScope {
  readonly layer: PolicyLayerName;
  /** Country of the jurisdiction, id of the entity, '' for the base. */
  readonly layerKey: string;
}

/** Whom a publication touches: cases to come, those open now too, or everybody who has been decided before as well. */
export const policyReaches = ['new', 'open', 'existing'] as const;
export type PolicyReach = (typeof policyReaches)[number];

export interface PolicyVersion {
  readonly id: string;
  readonly kind: PolicyKind;
  readonly scope: PolicyScope;
  readonly version: number;
  readonly state: PolicyState;
  /** Counts edits, for stale-edit refusal. */
  readonly revision: number;
  /** Everyone who ever edited it, the author included, the last editor last. */
  readonly editedBy: readonly string[];
  readonly submittedBy: string | null;
  readonly publishedBy: string | null;
  /** RFC 3339 UTC. */
  readonly effectiveFrom: string | null;
  readonly reach: PolicyReach | null;
}

export type PolicyCommand =
  | { readonly type: 'edit'; readonly by: string; readonly expectedRevision: number }
  | {
      readonly type: 'submit';
      readonly by: string;
      readonly expectedRevision: number;
      /** `error` problems of `checkPolicy`: with any, nothing is submitted. */
      readonly errorCount: number;
    }
  | { readonly type: 'sendBack'; readonly by: string; readonly reason: string }
  | {
      readonly type: 'publish';
      readonly by: string;
      readonly expectedRevision: number;
      readonly now: string;
      readonly effectiveFrom: string;
      readonly reach: PolicyReach;
      readonly errorCount: number;
    }
  | { readonly type: 'withdraw'; readonly by: string };

export function draftPolicyVersion(fields: {
  readonly id: string;
  readonly kind: PolicyKind;
  readonly scope: PolicyScope;
  readonly version: number;
  readonly author: string;
}): PolicyVersion {
  const { author, ...rest } = fields;
  return {
    ...rest,
    state: 'draft',
    revision: 1,
    editedBy: [author],
    submittedBy: null,
    publishedBy: null,
    effectiveFrom: null,
    reach: null,
  };
}

/**
 * Applies a command. Throws a Problem: 409 `policy_state`, `stale_edit`, `four_eyes`; 422
 * `policy_has_errors`, `reason_required`, `effective_in_past`.
 */
export function advancePolicyVersion(
  version: PolicyVersion,
  command: PolicyCommand,
): PolicyVersion {
  switch (command.type) {
    case 'edit':
      requireState(version, command.type, ['draft', 'submitted']);
      fresh(version, command.expectedRevision);
      // An edit after submission voids it: what was submitted is no longer what is there.
      return {
        ...version,
        state: 'draft',
        revision: version.revision + 1,
        editedBy: [...version.editedBy.filter((editor) => editor !== command.by), command.by],
        submittedBy: null,
      };
    case 'submit':
      requireState(version, command.type, ['draft']);
      fresh(version, command.expectedRevision);
      if (command.errorCount > 0) throw hasErrors(command.errorCount);
      return { ...version, state: 'submitted', submittedBy: command.by };
    case 'sendBack':
      requireState(version, command.type, ['submitted']);
      if (command.reason.trim() === '') throw refused('reason_required', 'Say why it goes back.');
      return { ...version, state: 'draft', submittedBy: null };
    case 'publish':
      requireState(version, command.type, ['submitted']);
      fresh(version, command.expectedRevision);
      if (tookPart(version, command.by))
        throw conflict(
          'four_eyes',
          'A policy is published by someone who neither wrote, edited nor submitted it.',
          { state: version.state },
        );
      if (command.errorCount > 0) throw hasErrors(command.errorCount);
      if (Date.parse(command.effectiveFrom) < Date.parse(command.now))
        throw refused('effective_in_past', 'A policy cannot take effect in the past.');
      return {
        ...version,
        state: 'published',
        publishedBy: command.by,
        effectiveFrom: command.effectiveFrom,
        reach: command.reach,
      };
    case 'withdraw':
      requireState(version, command.type, ['draft', 'submitted']);
      return { ...version, state: 'withdrawn', submittedBy: null };
  }
}

/** Whether the person wrote, edited or submitted the version, and so may not publish it. */
export function tookPart(version: PolicyVersion, person: string): boolean {
  return version.editedBy.includes(person) || version.submittedBy === person;
}

/** The version in force at an instant: the published one with the latest `effectiveFrom` not after it; of equals the higher version. */
export function versionInForce<
  V extends Pick<PolicyVersion, 'state' | 'effectiveFrom' | 'version'>,
>(versions: readonly V[], at: string): V | null {
  const instant = Date.parse(at);
  let found: V | null = null;
  let foundFrom = Number.NEGATIVE_INFINITY;
  for (const version of versions) {
    if (version.state !== 'published' || version.effectiveFrom === null) continue;
    const from = Date.parse(version.effectiveFrom);
    if (from > instant) continue;
    if (from > foundFrom || (from === foundFrom && version.version > (found?.version ?? 0))) {
      found = version;
      foundFrom = from;
    }
  }
  return found;
}

function requireState(
  version: PolicyVersion,
  command: string,
  allowed: readonly PolicyState[],
): void {
  if (!allowed.includes(version.state))
    throw conflict('policy_state', `A ${version.state} policy cannot take "${command}".`, {
      state: version.state,
      revision: version.revision,
    });
}

function fresh(version: PolicyVersion, expectedRevision: number): void {
  if (version.revision !== expectedRevision)
    throw conflict('stale_edit', 'Someone else edited this policy in between.', {
      revision: version.revision,
      expectedRevision,
    });
}

function hasErrors(count: number): Problem {
  return refused('policy_has_errors', `The policy has ${count} error(s): mend them first.`, {
    errors: count,
  });
}
