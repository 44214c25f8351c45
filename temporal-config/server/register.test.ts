import { randomBytes } from 'node:crypto';
import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { testServers } from '../../tests/setup/addresses';
import { retentionDays } from '../namespace';
import { searchAttributes } from '../search-attributes';
import { registerNamespace, registerSchedules, type ScheduleDefinition } from './register';

describe('registration at Temporal', () => {
  const namespace = `test-${randomBytes(6).toString('hex')}`;
  let connection: Connection;
  let client: Client;

  beforeAll(async () => {
    connection = await Connection.connect({ address: testServers().temporalAddress });
    client = new Client({ connection, namespace });
    await registerNamespace(connection, namespace);
  });
  afterAll(() => connection.close());

  const daily: ScheduleDefinition = {
    scheduleId: 'daily',
    spec: { calendars: [{ hour: 1 }], timezone: 'Europe/Nicosia' },
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ALL, pauseOnFailure: true },
    action: { type: 'startWorkflow', workflowType: 'daily', taskQueue: 'workflows' },
  };

  it('is done once and may be repeated', async () => {
    await registerNamespace(connection, namespace);
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(retentionDays * 86_400);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    for (const key of Object.values(searchAttributes)) expect(customAttributes[key.name]).toBe(2);
  });

  it('lets a workflow start with the typed attributes at once', async () => {
    await client.workflow.start('any', {
      workflowId: 'w',
      taskQueue: 'nobody',
      typedSearchAttributes: [{ key: searchAttributes.kind, value: 'withdrawal' }],
    });
    const { typedSearchAttributes } = await client.workflow.getHandle('w').describe();
    expect(typedSearchAttributes.get(searchAttributes.kind)).toBe('withdrawal');
  });

  it('brings a schedule up to date and leaves it paused when a person paused it', async () => {
    await registerSchedules(client, [daily]);
    const handle = client.schedule.getHandle('daily');
    await handle.pause('holiday');
    await registerSchedules(client, [{ ...daily, spec: { calendars: [{ hour: 2 }] } }]);
    const stored = await handle.describe();
    expect(stored.spec.calendars?.[0]?.hour).toEqual([{ start: 2, end: 2, step: 1 }]);
    expect(stored.policies.overlap).toBe(ScheduleOverlapPolicy.BUFFER_ALL);
    expect(stored.state.paused).toBe(true);
  });
});
