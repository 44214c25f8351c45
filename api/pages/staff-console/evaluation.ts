import { replayEvaluation, type Replay } from '../../../db/evaluation-replay';
import { policyKinds } from '../../../domain/policy/kinds/registry';
import { readersOfEvaluations } from '../../routes/evaluations';
import { idOf } from '../../schemas';
import { definePage } from '../page';
import { showEvaluations } from './case-trace';

/** A decision of a policy, run again on the facts and by the versions of then. */
const evaluationPage = definePage({
  path: '/staff/evaluations/:id',
  auth: { any: readersOfEvaluations },
  params: { id: idOf('evaluation') },
  handle: async ({ tx, scope, params }) => {
    const replay = await replayEvaluation(tx, params.id);
    const title = policyKinds[replay.kind].title;
    const shown = (side: Replay['kept']) =>
      showEvaluations([{ ...replay, ...side, facts: null }], scope)[0];
    const [kept, again] = [shown(replay.kept), replay.again && shown(replay.again)];
    const results = new Map(
      again
        ? [...again.held, ...again.undecided, ...again.rest].map((rule) => [
            rule.ruleId,
            rule.result,
          ])
        : [],
    );
    return {
      view: 'staff/evaluation',
      title: `${title}, run again`,
      data: {
        replay,
        kindTitle: title,
        kept,
        again,
        isSame: replay.verdict === 'same',
        isErased: replay.verdict === 'erased',
        differs: replay.differs.join(', '),
        rules: kept
          ? [...kept.held, ...kept.undecided, ...kept.rest].map((rule) => ({
              ...rule,
              again: results.get(rule.ruleId) ?? '—',
            }))
          : [],
      },
    };
  },
});

export const evaluationPages = [evaluationPage];
