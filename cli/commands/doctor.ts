import { type Command, UsageError } from '../command';
import { examine, type Finding } from '../doctor';

const marks: Record<Finding['verdict'], string> = { ok: ' ok ', optional: ' -- ', missing: 'FAIL' };

/** Says what this machine lacks and how to get it; exit code 1 when something required is missing. */
export const command: Command = {
  name: 'doctor',
  summary: 'says what is missing on this machine and how to get it',
  usage: '',
  async run(args) {
    if (args.length > 0) throw new UsageError('doctor takes no options');
    const findings = await examine(process.env);
    for (const { verdict, what, detail, remedy } of findings) {
      process.stdout.write(`${marks[verdict]}  ${what}: ${detail}\n`);
      if (remedy !== undefined) process.stdout.write(`      ${remedy}\n`);
    }
    return findings.some((finding) => finding.verdict === 'missing') ? 1 : 0;
  },
};
