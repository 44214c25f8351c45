import { malformed } from '../../../domain/problem';
import {
  answerProblems,
  isAsked,
  missingAnswers,
  textsOfAnswer,
  type Question,
  type QuestionAnswers,
} from '../../../domain/onboarding/questions';
import { listOf } from '../../../domain/policy/edit/loose';
import { yesNoOptions } from './choices';

/** A question as a field of the form; one that hangs on another says so, since nothing hides it without scripts. */
export function showQuestion(
  { code, text, type, choices = [], required, onlyIf }: Question,
  all: readonly Question[],
  answers: QuestionAnswers,
) {
  const before = all.find((each) => each.code === onlyIf?.question);
  return {
    name: `${questionPrefix}${code}`,
    label: text,
    hint: onlyIf && before ? `Only if you answered “${onlyIf.is}” to: ${before.text}` : undefined,
    options:
      type === 'yes_no'
        ? yesNoOptions
        : type === 'choice'
          ? choices.map((value) => ({ value, label: value }))
          : undefined,
    checks:
      type === 'choices'
        ? choices.map((value) => ({
            value,
            isChosen: textsOfAnswer(answers[code]).includes(value),
          }))
        : undefined,
    type: type === 'date' ? 'date' : undefined,
    inputmode: type === 'number' ? 'decimal' : undefined,
    value: textsOfAnswer(answers[code])[0],
    required: required && onlyIf === undefined,
  };
}

const questionPrefix = 'q.';

/** What was typed into the questions. 400 with each answer that is missing or cannot be, at its field. */
export function typedAnswers(
  questions: readonly Question[],
  fields: Readonly<Record<string, unknown>>,
): QuestionAnswers {
  const typed = Object.fromEntries(
    questions.flatMap(({ code, type }): [string, string | string[]][] => {
      const value = fields[`${questionPrefix}${code}`];
      if (type === 'choices') {
        const chosen = listOf(value).length > 0 ? listOf(value) : [value];
        const texts = chosen
          .filter((each) => typeof each === 'string')
          .filter((each) => each !== '');
        return texts.length > 0 ? [[code, texts]] : [];
      }
      return typeof value === 'string' && value.trim() !== '' ? [[code, value.trim()]] : [];
    }),
  );
  const asked = questions.filter((question) => isAsked(question, typed));
  const answers = Object.fromEntries(
    Object.entries(typed).filter(([code]) => asked.some((question) => question.code === code)),
  );
  const problems = [
    ...answerProblems(asked, answers),
    ...missingAnswers(asked, answers).map((code) => ({ code, detail: 'is required' })),
  ];
  if (problems.length === 0) return answers;
  throw malformed(
    'An answer is missing or cannot be taken like this.',
    problems.map(({ code, detail }) => ({ pointer: `/body/${questionPrefix}${code}`, detail })),
  );
}
