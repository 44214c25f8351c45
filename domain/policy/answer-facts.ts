import { isAsked, type Question, type QuestionAnswers } from '../onboarding/questions';
import { type FactCatalogue, type FactDefinition, type Facts, type FactType } from './fact';

/** What a rule reads of each type of question; a free text is for people. */
const typeOfFact = {
  number: 'number',
  date: 'date',
  yes_no: 'boolean',
  choice: 'text',
  choices: 'textList',
} as const satisfies Partial<Record<Question['type'], FactType>>;

/** The type is part of the id: a rule that was written for another type of answer reads nothing, and nothing is unknown. */
const idShape = /^answer\.(number|date|yes_no|choice|choices)\.([a-z][a-z0-9_]{1,39})$/;

function isRead(type: string): type is keyof typeof typeOfFact {
  return Object.hasOwn(typeOfFact, type);
}

/** The fact of a question's answer: `answer.number.annual_income`; undefined for a free text. */
export function answerFactId({ type, code }: Pick<Question, 'type' | 'code'>): string | undefined {
  return isRead(type) ? `answer.${type}.${code}` : undefined;
}

/** What the id says of a fact that is an answer; undefined for any other. */
export function answerFact(id: string): FactDefinition | undefined {
  const [, type = '', code = ''] = idShape.exec(id) ?? [];
  if (!isRead(type)) return undefined;
  return {
    label: `the answer “${code.replaceAll('_', ' ')}”`,
    type: typeOfFact[type],
    source: 'questionnaire',
  };
}

/** Whether a kind of policy reads answers. */
function readsAnswers(facts: FactCatalogue): boolean {
  return Object.hasOwn(facts, 'questionnaire.answers');
}

/**
 * A kind's facts and, where it reads answers, those that a text speaks of: rules, changes of an overlay, a condition, be
 * they whole or half written.
 */
export function withAnswerFacts(facts: FactCatalogue, text: unknown): FactCatalogue {
  if (!readsAnswers(facts)) return facts;
  const found = new Map<string, FactDefinition>();
  const walk = (node: unknown): void => {
    if (typeof node === 'string') {
      const definition = answerFact(node);
      if (definition) found.set(node, definition);
    } else if (typeof node === 'object' && node !== null) Object.values(node).forEach(walk);
  };
  walk(text);
  return found.size === 0 ? facts : { ...facts, ...Object.fromEntries(found) };
}

/** A kind's facts with those of the questions that are put to its clients, in the words that they read. */
export function withQuestions(facts: FactCatalogue, questions: readonly Question[]): FactCatalogue {
  if (!readsAnswers(facts)) return facts;
  const asked = questions.flatMap((question): [string, FactDefinition][] => {
    const id = answerFactId(question);
    const definition = id === undefined ? undefined : answerFact(id);
    if (id === undefined || definition === undefined) return [];
    const values = question.choices === undefined ? {} : { values: question.choices };
    return [[id, { ...definition, label: `answer: ${question.text}`, ...values }]];
  });
  return { ...facts, ...Object.fromEntries(asked) };
}

/** The answers as facts. What is not asked, not answered, or answered to another type of question is not known. */
export function answerFacts(
  questions: readonly Question[],
  answers: QuestionAnswers | undefined,
): Facts {
  return Object.fromEntries(
    questions.flatMap((question) => {
      const id = answerFactId(question);
      const answer = answers?.[question.code];
      if (id === undefined || answer === undefined || !isAsked(question, answers ?? {})) return [];
      return [[id, valueOf(question, answer)]];
    }),
  );
}

function valueOf({ type }: Question, answer: string | readonly string[]) {
  if (typeof answer !== 'string') return type === 'choices' ? answer : null;
  switch (type) {
    case 'number':
      return answer.trim() === '' ? null : Number(answer);
    case 'yes_no':
      return answer === 'yes';
    case 'choices':
      return [answer];
    default:
      return answer;
  }
}
