import { setTimeout as delay } from 'node:timers/promises';
import { inScope } from '../../db/connection';
import { requestTransfer } from '../../db/transfer-requests';
import { formatAmount, parseAmount } from '../../domain/money';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { runName, type Run, type TransferCell } from './cells';
import { Dice } from './dice';
import { currency, type Field, type Lane } from './field';
import { meddle, prepareTrade } from './meddling';
import { drawMisfortune, type Misfortune, type Plant } from './misfortunes';
import { decideTogether, judge, openTaskOn, truthOf, type Wanted } from './people-who-decide';

/** A transfer that has ended, or waits for a person who cannot say yet. */
export interface TransferRun extends Wanted {
  readonly run: Run<TransferCell>;
  readonly lane: Lane;
  readonly misfortune: Misfortune;
  readonly isFinished: boolean;
  /** What people decided on the way. */
  readonly decisions: readonly string[];
  /** Faults that were planted and never struck. */
  readonly unspent: readonly string[];
}

/** How long a run may take to end, and how long people wait for what the server has still to show. */
const endMsMax = 90_000;
const patienceMs = 8_000;

/** Runs one transfer of a cell on a log-in, from what is planted to the end or to a person. */
export async function runTransfer(
  field: Field,
  lane: Lane,
  { run, ordinal }: { readonly run: Run<TransferCell>; readonly ordinal: number },
): Promise<TransferRun> {
  const { direction } = run.cell;
  const dice = new Dice(run.seed, runName(run));
  const misfortune = drawMisfortune(dice, run.cell);
  const trade = await prepareTrade(lane, misfortune.meddling, dice);
  await delay(misfortune.askAfterMs);
  const planted = await plantAll(lane, misfortune.plants);
  const sizeMinor = await sizeOf(lane, misfortune, { ordinal, dice });
  const transfer = await inScope(field.stage.db, lane.client.scope, (tx) =>
    requestTransfer(tx, {
      accountId: lane.account.id,
      direction: direction === 'credit' ? 'to_account' : 'to_wallet',
      amount: { amountMinor: sizeMinor, currency },
    }),
  );
  const wanted = {
    transferId: transfer.id,
    amountMinor: direction === 'credit' ? sizeMinor : -sizeMinor,
  };
  const lifted = planted.map(({ id, liftAfterMs }) =>
    liftAfterMs === undefined ? undefined : delay(liftAfterMs).then(() => lane.hand.lift(id)),
  );
  const [ending] = await Promise.all([
    carryThrough(field, lane, wanted),
    meddle(field, lane, { wanted, trade, meddling: misfortune.meddling }),
    ...lifted,
  ]);
  return { ...wanted, run, lane, misfortune, ...ending, unspent: await liftAll(lane, planted) };
}

/**
 * An amount that no other run of the log-in moves: people know a deal by it whose comment was cut to nothing.
 * Minor units.
 */
async function sizeOf(
  lane: Lane,
  { beyondBalance }: Misfortune,
  { ordinal, dice }: { readonly ordinal: number; readonly dice: Dice },
): Promise<bigint> {
  // Ninety cents at most are edited, so that an edited amount is no other's either.
  const sizeMinor = BigInt(ordinal * 200 + dice.between(0, 9));
  if (!beyondBalance) return sizeMinor;
  const { balance } = await lane.hand.account(lane.account.login);
  return parseAmount(balance, currency) + sizeMinor;
}

interface Planted extends Plant {
  readonly id: string;
}

async function plantAll(lane: Lane, plants: readonly Plant[]): Promise<Planted[]> {
  const planted: Planted[] = [];
  for (const plant of plants) {
    const details = { ...plant.details, login: Number(lane.account.login) };
    planted.push({ ...plant, id: await lane.hand.fault(plant.kind, details) });
  }
  return planted;
}

/** Takes away what was planted; answers what had not struck. */
async function liftAll(lane: Lane, planted: readonly Planted[]): Promise<string[]> {
  const unspent = await lane.hand.unspent(
    planted.filter(({ liftAfterMs }) => liftAfterMs === undefined).map(({ id }) => id),
  );
  for (const { id } of planted) await lane.hand.lift(id);
  return unspent;
}

/** Waits for the end; where people are asked, they answer by what the server shows. */
async function carryThrough(
  { stage, watch }: Field,
  lane: Lane,
  wanted: Wanted,
): Promise<{ readonly isFinished: boolean; readonly decisions: readonly string[] }> {
  const workflowId = workflowIds.transfer(wanted.transferId);
  const decisions: string[] = [];
  const answered = new Set<string>();
  const deadline = Date.now() + endMsMax;
  let askedSince: number | undefined;
  for (;;) {
    const standing = await watch.until(
      workflowId,
      ({ isFinished, waitsFor }) =>
        isFinished || (waitsFor?.startsWith('task ') === true && !answered.has(waitsFor)),
      endMsMax,
    );
    if (standing.isFinished) return { isFinished: true, decisions };
    if (Date.now() > deadline)
      throw new Error(`${workflowId} did not end: waits for ${standing.waitsFor}`);
    askedSince ??= Date.now();
    const task = await openTaskOn(stage, wanted.transferId, 'operation_unknown');
    const truth = await truthOf(stage, lane, wanted);
    const decision = task && judge(task, truth);
    if (task && decision !== undefined) {
      answered.add(`task ${task.id}`);
      const isTheirs = await decideTogether(stage, task, { role: 'finance', decision });
      if (isTheirs) decisions.push(decision);
      continue;
    }
    const isDeadEnd = task !== undefined && !truth.isToCome && Date.now() > askedSince + patienceMs;
    if (isDeadEnd) return { isFinished: false, decisions };
    await delay(250);
  }
}

export function describeTransfer({ run, lane, amountMinor, transferId }: TransferRun): string {
  const amount = formatAmount(amountMinor, currency);
  return `${runName(run)} (${amount} on ${lane.account.login}, ${transferId})`;
}
