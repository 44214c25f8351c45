import { z } from 'zod';
import { agreementPlanSchema, readAgreementPlan } from './agreement/agreement';
import { entityEditSchema, readEdit } from './entity/edit';
import { placeOfProblem } from './plan-problem';
import { fieldsOf } from './policy/edit/fields';

const agreementFields = fieldsOf(agreementPlanSchema);

describe('a problem of a plan', () => {
  it('says that something is missing, and not what a program received', () => {
    const read = readAgreementPlan({ texts: [{ locale: 'en' }], reaccept: true, graceDays: 30 });
    expect(read.ok ? [] : read.problems).toEqual([
      { pointer: '/code', detail: 'is required' },
      { pointer: '/texts/0/title', detail: 'is required' },
      { pointer: '/texts/0/text', detail: 'is required' },
    ]);
  });

  it.each([
    ['/code', { label: 'code', field: 'code' }],
    ['/texts/1/locale', { label: 'texts 2 language', field: 'texts.1.locale' }],
    ['/texts', { label: 'texts', field: undefined }],
    ['/texts/0', { label: 'texts 1', field: undefined }],
    ['/nothing', { label: 'nothing', field: 'nothing' }],
  ])('at %s is named as the form names its field', (pointer, place) => {
    expect(placeOfProblem(agreementFields, { pointer, detail: '' })).toEqual(place);
  });

  it('counts what is listed in one field from one, and tells nothing of what was typed', () => {
    const read = readEdit({
      ...{ legalName: 'A', licence: 'B', currencies: ['EUR', 'USD', 'EURO'] },
      brand: {
        ...{ name: 'A', colour: '#1f4e79', postalAddress: 'A' },
        ...{ supportEmail: 'a@b.example', mailFrom: 'a@b.example' },
      },
    });
    const [problem] = read.ok ? [] : read.problems;
    expect(problem).toEqual({ pointer: '/currencies/2', detail: 'is not a currency' });
    if (problem)
      expect(placeOfProblem(fieldsOf(entityEditSchema), problem)).toEqual({
        ...{ label: 'currencies 3', field: 'currencies' },
      });
  });

  it('leads to the part of a group', () => {
    const fields = fieldsOf(z.strictObject({ brand: z.strictObject({ name: z.string() }) }));
    expect(placeOfProblem(fields, { pointer: '/brand/name', detail: '' })).toEqual({
      ...{ label: 'brand name', field: 'brand.name' },
    });
  });
});
