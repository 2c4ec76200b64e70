import { serviceNames } from '#shared/config/service';
import { callGraph } from '../../deploy/graph/callGraph.ts';

const edges = await callGraph();

/** The variable that says where a service is. */
export const addressOf = (service: string) => `${service.toUpperCase()}_ADDRESS`;

/**
 * What a program misses, or has wrong, to make the calls that its code makes. Its reader cannot say: an address is optional to it, because a deployment need not have
 * every service. Services show a token of their own, the gateway hands on its callers'.
 */
export function callFaults(program: string, given: Record<string, string>): string[] {
  const isGateway = program === 'gateway';
  const called = isGateway ? serviceNames : edges.filter(({ from }) => from === program).map(({ to }) => to);
  const others = [...new Set(called)].filter((name) => name !== program);
  const needed = others.map(addressOf);
  if (others.length > 0 && !isGateway) needed.push('OIDC_TOKEN_URL', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET');
  const faults = needed.filter((name) => !given[name]).map((name) => `${program} calls others and has no ${name}`);
  if (!isGateway && given.OIDC_CLIENT_ID && given.OIDC_CLIENT_ID !== program)
    faults.push(`${program} takes tokens of the client ${given.OIDC_CLIENT_ID}`);
  return faults;
}
