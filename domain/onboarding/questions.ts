import { isCivilDate } from '../policy/fact';

/** How a question is answered. */
export const questionTypes = ['choice', 'choices', 'yes_no', 'number', 'date', 'text'] as const;

/** One question of an entity's questionnaire, as an officer writes it into the policy `kyc.documents`. */
export interface Question {
  /** For ever: answers are kept under it, and rules read them by it. */
  readonly code: string;
  /** As the client reads it. */
  readonly text: string;
  readonly type: (typeof questionTypes)[number];
  /** Of a choice, of one or of several. */
  readonly choices?: readonly string[];
  readonly required: boolean;
  /** Asked only when an earlier question was answered so. */
  readonly onlyIf?: { readonly question: string; readonly is: string };
}

/** Answers by the codes of their questions, as they were given; several to a question that takes several. */
export type QuestionAnswers = Readonly<Record<string, string | readonly string[]>>;

/** What was chosen or written, one or several. */
export function textsOfAnswer(answer: string | readonly string[] | undefined): readonly string[] {
  return typeof answer === 'string' ? [answer] : (answer ?? []);
}

export const answerLengthMax = 500;

/** Whether the question is put to somebody who has answered so far. */
export function isAsked({ onlyIf }: Question, answers: QuestionAnswers): boolean {
  return onlyIf === undefined || textsOfAnswer(answers[onlyIf.question]).includes(onlyIf.is);
}

/** Codes of the questions that must be answered and are not, in their order. */
export function missingAnswers(questions: readonly Question[], answers: QuestionAnswers): string[] {
  return questions
    .filter((question) => question.required && isAsked(question, answers))
    .filter(({ code }) => textsOfAnswer(answers[code]).every((text) => text === ''))
    .map(({ code }) => code);
}

/** What of the answers cannot be: to no question, or not of its type. */
export function answerProblems(
  questions: readonly Question[],
  answers: QuestionAnswers,
): { readonly code: string; readonly detail: string }[] {
  return Object.entries(answers).flatMap(([code, answer]) => {
    const question = questions.find((each) => each.code === code);
    const detail = question === undefined ? 'is not asked' : problemOf(question, answer);
    return detail === undefined ? [] : [{ code, detail }];
  });
}

function problemOf(
  { type, choices = [] }: Question,
  given: string | readonly string[],
): string | undefined {
  if (type === 'choices') {
    const stranger = textsOfAnswer(given).find((each) => !choices.includes(each));
    return stranger === undefined ? undefined : `has what is none of ${choices.join(', ')}`;
  }
  if (typeof given !== 'string') return 'takes one answer';
  const answer = given;
  if (answer.length > answerLengthMax) return `is longer than ${answerLengthMax} characters`;
  switch (type) {
    case 'choice':
      return choices.includes(answer) ? undefined : `is none of ${choices.join(', ')}`;
    case 'yes_no':
      return answer === 'yes' || answer === 'no' ? undefined : 'is neither yes nor no';
    case 'number':
      return /^-?\d{1,12}(\.\d{1,4})?$/.test(answer) ? undefined : 'is not a number';
    case 'date':
      return isCivilDate(answer) ? undefined : 'is not a date such as 2026-01-31';
    case 'text':
      return undefined;
  }
}

/** The answers as a rule reads them: `source_of_wealth: inheritance`. */
export function answersAsFact(answers: QuestionAnswers | undefined): string[] {
  return Object.entries(answers ?? {}).flatMap(([code, answer]) =>
    textsOfAnswer(answer).map((text) => `${code}: ${text}`),
  );
}
