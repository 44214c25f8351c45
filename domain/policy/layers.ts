import {
  type EffectiveChange,
  type EffectivePolicy,
  type EffectiveRule,
  type OverlayChange,
  overlaysMax,
  parameterRecord,
  PolicyInvalid,
  type PolicyLayers,
  type PolicyProblem,
} from './body';

interface Fold<Then, Parameters> {
  rules: EffectiveRule<Then>[];
  parameters: Parameters;
  changes: EffectiveChange[];
  problems: PolicyProblem[];
}

/**
 * Folds base and overlays into the one policy that applies. Throws `PolicyInvalid` when an overlay
 * names a rule that is not there, touches a mandatory one, or changes something without a reason.
 */
export function foldLayers<Then, Parameters>(
  kind: string,
  layers: PolicyLayers<Then, Parameters>,
): EffectivePolicy<Then, Parameters> {
  const fold: Fold<Then, Parameters> = {
    rules: layers.base.rules.map((rule) => ({ ...rule, layer: 'base' })),
    parameters: { ...layers.base.parameters },
    changes: [],
    problems: [],
  };
  if (layers.overlays.length > overlaysMax)
    fold.problems.push(problem('/overlays', 'too_many', `more than ${overlaysMax} overlays`));
  layers.overlays.slice(0, overlaysMax).forEach(({ id, overlay }, layer) => {
    overlay.changes.forEach((change, position) => {
      apply(fold, id, change, `/overlays/${layer}/changes/${position}`);
    });
  });
  if (fold.problems.length > 0) throw new PolicyInvalid(kind, fold.problems);
  return {
    kind,
    title: layers.base.title,
    parameters: fold.parameters,
    rules: fold.rules,
    requires: layers.base.requires ?? [],
    lists: layers.lists,
    changes: fold.changes,
  };
}

function apply<Then, Parameters>(
  fold: Fold<Then, Parameters>,
  layer: string,
  change: OverlayChange<Then>,
  pointer: string,
): void {
  if ('reason' in change && change.reason.trim() === '')
    fold.problems.push(problem(`${pointer}/reason`, 'reason_missing', 'say why'));

  if (change.target === 'parameter') {
    if (!Object.hasOwn(parameterRecord(fold.parameters), change.name)) {
      fold.problems.push(
        problem(`${pointer}/name`, 'unknown_parameter', `there is no parameter "${change.name}"`),
      );
      return;
    }
    fold.parameters = { ...fold.parameters, [change.name]: change.value };
    fold.changes.push({ layer, what: `parameter ${change.name}`, reason: change.reason });
    return;
  }

  if (change.mode === 'add') {
    const at =
      change.before === undefined
        ? fold.rules.length
        : fold.rules.findIndex((rule) => rule.id === change.before);
    if (at < 0) {
      fold.problems.push(unknownRule(`${pointer}/before`, change.before ?? ''));
      return;
    }
    fold.rules.splice(at, 0, { ...change.with, layer });
    fold.changes.push({ layer, what: `added ${change.with.id}`, reason: change.with.source });
    return;
  }

  const at = fold.rules.findIndex((rule) => rule.id === change.id);
  const present = fold.rules[at];
  if (present === undefined) {
    fold.problems.push(unknownRule(`${pointer}/id`, change.id));
    return;
  }
  if (change.mode === 'inherit') return;
  if (present.mandatory === true) {
    fold.problems.push(
      problem(
        pointer,
        'mandatory_rule',
        `rule "${change.id}" is mandatory: it cannot be changed by an overlay`,
      ),
    );
    return;
  }
  if (change.mode === 'off') {
    fold.rules.splice(at, 1);
    fold.changes.push({ layer, what: `off ${change.id}`, reason: change.reason });
    return;
  }
  fold.rules[at] = { ...change.with, layer };
  fold.changes.push({ layer, what: `override ${change.id}`, reason: change.reason });
}

function unknownRule(pointer: string, id: string): PolicyProblem {
  return problem(pointer, 'unknown_rule', `there is no rule "${id}" in the layers below`);
}

function problem(pointer: string, code: PolicyProblem['code'], detail: string): PolicyProblem {
  return { pointer, code, detail, severity: 'error' };
}
