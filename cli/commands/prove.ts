import { describeProof, proofNames, type ProofName } from '../../db/proofs/report';
import { type Command, UsageError } from '../command';
import { runProof } from '../proofs';
import { withEnvironment } from '../stack/environment';

/** Proves what must hold of any installation; exit code 1, naming the thing, when it does not. */
export const command: Command = {
  name: 'prove',
  summary: 'proves that books, servers, processes, settlement, audit trail and access are sound',
  usage: `${proofNames.join('|')} … (all of them when none is named)`,
  async run(args) {
    const names = args.length === 0 ? proofNames : args.map(proofName);
    return await withEnvironment(async (environment) => {
      let failed = 0;
      for (const name of names) {
        const result = await runProof(name, environment);
        process.stdout.write(`${describeProof(result)}\n`);
        if (result.faultCount > 0) failed += 1;
      }
      return failed === 0 ? 0 : 1;
    });
  },
};

function proofName(text: string): ProofName {
  const name = proofNames.find((known) => known === text);
  if (name === undefined) throw new UsageError(`There is no proof "${text}".`);
  return name;
}
