import type { IRequestAuthentication } from '@kubernetes-models/istio/security.istio.io/v1';
import { serviceNames } from '#shared/config/service';
import { labelsOf, namespace, outside } from './platform.ts';

type Authentication = IRequestAuthentication & { apiVersion: string; kind: string };

const issuer = `https://${outside.find(({ name }) => name === 'issuer')?.host}/realms/jangbu`;

/**
 * Proxies refuse tokens that are not the issuer's before a service sees them. A call without a token passes, because some methods need none and whether
 * one does is for its service to say; so does `x-caller-authorization`, which is no sign-in but is verified by the service. The gateway is left out: it
 * verifies tokens itself and refuses them in the contract's words and with the CORS headers that a browser needs to read them.
 */
export function requestAuthentications(): Authentication[] {
  return serviceNames.map((name) => ({
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labelsOf(name) },
      jwtRules: [
        {
          issuer,
          jwksUri: `${issuer}/protocol/openid-connect/certs`,
          audiences: ['jangbu'],
          // Nothing else is a place for tokens: left open, Istio takes one from the query, too.
          fromHeaders: [{ name: 'authorization', prefix: 'Bearer ' }],
          // The service reads roles and customer out of it, and hands it on.
          forwardOriginalToken: true,
        },
      ],
    },
  }));
}
