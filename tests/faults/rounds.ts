import type { PlatformKind } from '../../domain/trading/capabilities';
import type { ServerHand } from '../processes/simulators';
import {
  creationFaults,
  isCreation,
  isTransfer,
  isWeather,
  type CreationCell,
  type CreationFault,
  type Run,
  type TransferCell,
  type Weather,
  weathers,
} from './cells';
import { askForCreation, endCreation, type CreationRun } from './creation-run';
import { Dice } from './dice';
import { creationGroups, feedHasRead, type Field, type Lane } from './field';
import { runTransfer, type TransferRun } from './transfer-run';
import { refuseCreations, underWeather } from './weather';

/** All runs of the matrix that have ended. */
export interface Ended {
  readonly transfers: readonly TransferRun[];
  readonly creations: readonly CreationRun[];
}

/** A server with what is run on it. */
interface Place {
  readonly field: Field;
  readonly hand: ServerHand;
  readonly lanes: readonly Lane[];
  readonly seed: number;
}

/** The three servers side by side. */
export async function runAll(field: Field, runs: readonly Run[], seed: number): Promise<Ended> {
  const byServer = await Promise.all(
    Object.values(field.lanes).map((lanes) => {
      const [lane] = lanes;
      if (!lane) throw new Error('a server has no log-in');
      const { hand, platform } = lane;
      return runOnServer(
        { field, hand, lanes, seed },
        runs.filter(({ cell }) => cell.platform === platform),
      );
    }),
  );
  return {
    transfers: byServer.flatMap(({ transfers }) => transfers),
    creations: byServer.flatMap(({ creations }) => creations),
  };
}

interface Order {
  readonly run: Run<TransferCell>;
  /** Counts the server's transfers, so that each has an amount of its own. */
  readonly ordinal: number;
}

/** First what strikes single log-ins, with the making of accounts beside it; then one weather after the other. */
async function runOnServer(place: Place, runs: readonly Run[]): Promise<Ended> {
  const { hand, lanes, seed } = place;
  const orders = runs.filter(isTransfer).map((run, index) => ({ run, ordinal: index + 1 }));
  const single = orders.filter(({ run }) => !isWeather(run.cell.fault));
  const dice = new Dice(seed, hand.name);
  const [transfers, creations] = await Promise.all([
    inLanes(place, dice.shuffled(single)),
    createAll(place, runs.filter(isCreation)),
  ]);
  for (const weather of weathers) {
    const struck = dice.shuffled(orders.filter(({ run }) => run.cell.fault === weather));
    for (let at = 0; at < struck.length; at += lanes.length) {
      const round = struck.slice(at, at + lanes.length);
      transfers.push(...(await roundUnder(place, weather, round)));
    }
  }
  return { transfers, creations };
}

/** Each log-in takes the next transfer when it has ended its last. */
async function inLanes({ field, lanes }: Place, orders: readonly Order[]): Promise<TransferRun[]> {
  const waiting = [...orders];
  const ended: TransferRun[] = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let order = waiting.shift(); order; order = waiting.shift()) {
        ended.push(await runTransfer(field, lane, order));
      }
    }),
  );
  return ended;
}

async function roundUnder(
  place: Place,
  weather: Weather,
  round: readonly Order[],
): Promise<TransferRun[]> {
  const { field, hand, lanes, seed } = place;
  const ended: TransferRun[] = [];
  const dice = new Dice(seed, `${hand.name} ${weather} ${round[0]?.ordinal ?? 0}`);
  await underWeather(
    hand,
    { weather, dice },
    {
      work: async () => {
        ended.push(...(await inLanes(place, round)));
      },
      calm: () => feedHasRead(field.stage, lanes),
    },
  );
  return ended;
}

async function createAll(place: Place, runs: readonly Run<CreationCell>[]): Promise<CreationRun[]> {
  const ended: CreationRun[] = [];
  for (const fault of creationFaults) {
    const struck = runs.filter(({ cell }) => cell.fault === fault);
    if (struck.length > 0) ended.push(...(await createUnder(place, fault, struck)));
  }
  return ended;
}

const creationCommand: Readonly<Record<PlatformKind, string>> = {
  mt5: 'user/add',
  mt4: 'UserRecordNew',
  ctrader: 'traders/create',
};

/** All accounts of a fault together; once it is over, some replies to their creation are lost besides. */
async function createUnder(
  { field, hand, seed }: Place,
  fault: CreationFault,
  struck: readonly Run<CreationCell>[],
): Promise<CreationRun[]> {
  const dice = new Dice(seed, `${hand.name} ${fault}`);
  const putRight = await refuseCreations(hand, { fault, group: creationGroups[hand.name] });
  const asked = await Promise.all(struck.map((run) => askForCreation(field, run)));
  await putRight();
  const lost = await hand.fault('lose_reply_after_apply', {
    command: creationCommand[hand.name],
    times: dice.between(0, 3),
  });
  const ended = await Promise.all(asked.map((one) => endCreation(field, one)));
  await hand.lift(lost);
  return ended;
}
