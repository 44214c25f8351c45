import { may, type Scope } from '../../domain/access/scope';
import { describeFault, type AuditFault } from '../../domain/audit/fault';

/** A fault in words. That there is a restricted chain, and of whom, is for those alone who may see restricted records. */
export function describeFaultTo(scope: Scope, fault: AuditFault): string {
  const seesRestricted = scope.kind === 'staff' && may(scope, 'restricted.read');
  const isSecret = fault.subject?.startsWith('restricted/') ?? false;
  return describeFault(isSecret && !seesRestricted ? { ...fault, subject: 'restricted' } : fault);
}
