import { serviceToken } from '#shared/rpc/serviceToken';
import type { Mesh } from '../harness/mesh.ts';

/** The token that a service of the mesh gets for itself. */
export async function ownToken(mesh: Mesh, service: string): Promise<string> {
  const env = mesh.processes.get(service)?.program.env;
  if (!env) throw new Error(`no process ${service}`);
  const token = await serviceToken({
    issuer: env.OIDC_ISSUER ?? '',
    audience: env.OIDC_AUDIENCE ?? '',
    jwksUrl: env.OIDC_JWKS_URL ?? '',
    tokenUrl: env.OIDC_TOKEN_URL,
    clientId: env.OIDC_CLIENT_ID,
    clientSecret: env.OIDC_CLIENT_SECRET,
  })();
  if (token === undefined) throw new Error(`${service} gets no token`);
  return token;
}
