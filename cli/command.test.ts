import { type Command, loadCommands, runCommandLine, UsageError } from './command';

async function run(argv: string[], commands: readonly Command[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(
    argv,
    commands,
    (t) => out.push(t),
    (t) => err.push(t),
  );
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const greet: Command = {
  name: 'greet',
  summary: 'greets a person',
  usage: '<person>',
  run: (args) => {
    if (args.length !== 1) throw new UsageError('greet takes one person');
    if (args[0] === 'nobody') throw new Error('nobody is there');
    return Promise.resolve(args[0] === 'stranger' ? 3 : undefined);
  },
};

describe('the command line', () => {
  it('lists the commands on --help', async () => {
    const { code, out } = await run(['--help'], [greet]);
    expect(code).toBe(0);
    expect(out).toContain('greet  greets a person');
  });

  it('ends with 2 for an unknown command and names the known ones', async () => {
    expect(await run(['gret'], [greet])).toEqual({
      code: 2,
      out: '',
      err: 'There is no command "gret". Commands: greet',
    });
  });

  it('explains one command without running it', async () => {
    const { code, out } = await run(['greet', 'nobody', '--help'], [greet]);
    expect([code, out]).toEqual([0, expect.stringContaining('keelson -- greet <person>')]);
  });

  it('ends with 2 and the usage for a wrong command line', async () => {
    const { code, err } = await run(['greet'], [greet]);
    expect(code).toBe(2);
    expect(err).toMatch(/greet takes one person\nusage: .*greet <person>/);
  });

  it('ends with 1 and the message, without a stack, for a failure', async () => {
    expect(await run(['greet', 'nobody'], [greet])).toEqual({
      code: 1,
      out: '',
      err: 'nobody is there',
    });
  });

  it('hands the command’s exit code on', async () => {
    expect((await run(['greet', 'stranger'], [greet])).code).toBe(3);
    expect((await run(['greet', 'ann'], [greet])).code).toBe(0);
  });

  it('finds one command in each file of cli/commands', () => {
    const names = loadCommands().map((command) => command.name);
    expect(names).toEqual(expect.arrayContaining(['doctor', 'prepare', 'reset']));
    expect(new Set(names).size).toBe(names.length);
  });

  it('finds each command in the file of its name, without the others', () => {
    for (const { name } of loadCommands()) expect(loadCommands(name)).toMatchObject([{ name }]);
    expect(loadCommands('gret')).toEqual(loadCommands());
  });
});
