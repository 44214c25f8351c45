import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Mailbox } from '../../cli/demo/mailbox';
import { nodeProgram } from '../../cli/stack/children';
import { freePort } from '../../cli/stack/ports';
import { partnerFraudPolicy } from '../../domain/policy/defaults/partner-fraud';
import { demoInstallation, layersOf } from '../../domain/policy/defaults/shipped';
import { partnerPlanPolicy } from '../../domain/partners/default-plan';
import { readLists } from '../../connectors/screening/read-list';
import { installPolicies } from '../../db/policies';
import { loadList } from '../../db/sanction-lists';
import { openStage, type Stage } from '../processes/stage';
import { onlyChecked } from './kept';
import type { Markers } from './markers';
import { Transcript } from './transcript';
import { Traveller } from './traveller';
import { Visitor } from './visitor';

/** For tests only: the product as processes of their own, on servers of this test alone, with all it logs. */
export interface House {
  readonly stage: Stage;
  readonly url: string;
  readonly markers: Markers;
  readonly transcript: Transcript;
  readonly api: Traveller;
  readonly mailbox: Mailbox;
  visitor(who: string): Visitor;
  /** What a process has printed so far. */
  readLog(of: 'api' | 'worker'): string;
  close(): Promise<void>;
}

/** Somebody on the sanctions list of this house. */
export interface Listed {
  readonly family: string;
  readonly given: string;
  /** `1941-03-12` */
  readonly birthDate: string;
}

const readyMsMax = 60_000;

export async function openHouse(markers: Markers, listed: Listed): Promise<House> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const stage = await openStage({ publicUrl: url, workers: false });
  const dir = stage.variables['KEELSON_DATA'] ?? '';
  const sanctions = path.join(dir, 'sanctions');
  writeList(sanctions, listed);
  const [list] = await readLists([sanctions]);
  await stage.system(async (tx) => list && loadList(tx, list));
  const env = {
    ...stage.variables,
    KEELSON_API_PORT: String(port),
    KEELSON_LOG_LEVEL: 'trace',
    KEELSON_PUBLIC_COMMANDS_MAX: '10000',
  };
  const logs = { api: path.join(dir, 'api.log'), worker: path.join(dir, 'worker.log') };
  const start = (program: 'api/main' | 'workers/main', logFile: string) =>
    stage.supervisor.start({
      name: program,
      ...nodeProgram(program),
      env,
      readiness: { kind: 'json', accept: (line) => line['ready'] === true },
      readyMsMax,
      logFile,
      stopMsMax: 25_000,
    });
  await Promise.all([
    start('api/main', logs.api),
    start('workers/main', logs.worker),
    stage.psp.control('/webhook-url', { url: `${url}/webhooks` }),
    stage.system((tx) =>
      installPolicies(tx, [
        ...layersOf('partner.plan', demoInstallation, partnerPlanPolicy),
        ...layersOf('partner.fraud', demoInstallation, partnerFraudPolicy),
      ]),
    ),
  ]);
  const transcript = new Transcript(markers, onlyChecked);
  return {
    stage,
    url,
    markers,
    transcript,
    api: new Traveller(url, transcript),
    mailbox: new Mailbox(stage.mail.web),
    visitor: (who) => new Visitor(url, transcript, who),
    readLog: (of) => readFileSync(logs[of], 'utf8'),
    close: () => stage.close(),
  };
}

/** One entry in the layout of OFAC's files. */
function writeList(folder: string, { family, given, birthDate }: Listed): void {
  mkdirSync(folder, { recursive: true });
  const none = '-0- ';
  const name = family.toUpperCase();
  const blanks = Array.from({ length: 7 }, () => none);
  const born = new Date(birthDate).toUTCString().slice(5, 16);
  const remarks = `"DOB ${born}; POB Qardos; Gender Female."`;
  const entry = ['900001', `"${name}, ${given}"`, '"individual"', '"SDGT"', ...blanks, remarks];
  writeFileSync(path.join(folder, 'sdn.csv'), `${entry.join(',')}\n`);
  writeFileSync(path.join(folder, 'alt.csv'), `900001,1,"aka","${name}, O.",${none}\n`);
  writeFileSync(path.join(folder, 'add.csv'), `900001,1,${none},"Qardos","Iran",${none}\n`);
}
