import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { helperNames } from './render';

const folder = join(__dirname, 'views');

/** Names that a view says as if they were fields: `{{words}}` of a thing that has some. */
function bareNames(source: string): string[] {
  const found: string[] = [];
  class Bare extends Handlebars.Visitor {
    override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
      const { path, params, hash } = mustache;
      const isBare = params.length === 0 && hash === undefined;
      if (isBare && path.type === 'PathExpression') found.push(Reflect.get(path, 'original'));
      super.MustacheStatement(mustache);
    }
  }
  new Bare().accept(Handlebars.parse(source));
  return found;
}

describe('a view', () => {
  it('never means a field where a helper of its name is asked without anything', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const wrong = files
      .filter((file) => file.endsWith('.hbs'))
      .flatMap((file) =>
        bareNames(readFileSync(join(folder, file), 'utf8'))
          .filter((name) => helperNames.has(name))
          .map((name) => `${file}: {{${name}}}`),
      );
    expect(wrong).toEqual([]);
  });

  it('is seen to where it does', () => {
    expect(bareNames('{{words}} {{words this}} {{this.words}}')).toEqual(['words', 'this.words']);
  });
});
