import { policyKinds } from '../../../domain/policy/kinds/registry';
import { diffPolicy, versionsOfLayer } from '../../../db/policy-diff';
import { idOf } from '../../schemas';
import { definePage } from '../page';

/** What one version of a layer says otherwise than another, in words. */
const diffPage = definePage({
  path: '/staff/policies/:id/diff',
  auth: { permission: 'policy.read' },
  params: { id: idOf('policyVersion') },
  query: { from: idOf('policyVersion').optional() },
  handle: async ({ tx, params, query }) => {
    const diff = await diffPolicy(tx, params.id, query.from);
    const versions = await versionsOfLayer(tx, diff.to);
    return {
      view: 'staff/policy-diff',
      title: `${policyKinds[diff.to.kind].title}: version ${diff.to.version} against ${diff.from ? `version ${diff.from.version}` : 'nothing'}`,
      data: {
        policy: diff.to,
        from: diff.from,
        differences: diff.differences,
        versions: versions.map(({ id, version, state }) => ({
          value: id,
          label: `version ${version} (${state})`,
          chosen: id === diff.from?.id,
        })),
      },
    };
  },
});

export const policyDiffPages = [diffPage];
