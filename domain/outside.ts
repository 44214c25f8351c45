/**
 * How a step that touches the outside stands, as activities tell it to workflows (plain JSON).
 * `blocked`: nothing was sent and the same attempt may be tried again later.
 * `absent`: proven never to have happened, so a new attempt may be planned.
 * `person`: what is there cannot be judged by rule; a task is open.
 */
export type StepResult =
  | {
      readonly kind: 'done';
      readonly intentId: string;
      readonly externalId: string;
      /** Where it stands at the other side, of a step that is not over when it is accepted. */
      readonly standing?: 'waiting' | 'paid' | 'refused';
    }
  | {
      readonly kind: 'refused';
      readonly intentId: string;
      readonly code: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'unknown';
      readonly intentId: string | null;
      readonly reason: string;
      /** What keeps it from being looked for, where something does. */
      readonly code?: string;
    }
  | { readonly kind: 'blocked'; readonly code: string; readonly reason: string }
  | { readonly kind: 'absent'; readonly intentId: string }
  | { readonly kind: 'person'; readonly intentId: string; readonly taskId: string };

/** What a process waits for while a step stands so; read by people on pages and by `keelson stuck`. */
export function waitingFor(result: StepResult): string | null {
  switch (result.kind) {
    case 'done':
    case 'refused':
    case 'absent':
      return null;
    case 'unknown':
      return wordsOfBlock(result.code) ?? 'proof of what happened outside';
    case 'blocked':
      return wordsOfBlock(result.code) ?? 'the other side to be reachable';
    case 'person':
      return `task ${result.taskId}`;
  }
}

/** What is waited for under a code; undefined for a code that is nothing to wait for. */
export function wordsOfBlock(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(blockedWords, code) ? blockedWords[code] : undefined;
}

const blockedWords: Readonly<Record<string, string>> = {
  in_flight: 'another operation of this log-in whose outcome is not known',
  halted: 'a halt switch to be lifted',
  server_outage: 'the outage of the trading server to end',
  server_maintenance: 'the maintenance of the trading server to end',
  // Whatever it is: other words for a hidden hold would tell of it.
  routine_review: 'a routine review',
  outflow_ceiling: "the entity's hourly outflow ceiling",
  not_sent: 'the other side to be reachable',
  bonus_pending: 'a bonus that is being given to be there',
  bonus_removal: 'the bonus of the account to be taken back',
};
