import { readFileSync } from 'node:fs';
import { serviceNames } from '#shared/config/service';
import { made, type Secret, secret } from './secret.ts';

export interface ConfigMap {
  apiVersion: 'v1';
  kind: 'ConfigMap';
  metadata: { name: string; namespace: string };
  data: Record<string, string>;
}

const realm = new URL('../../../compose/identity/jangbu-realm.json', import.meta.url);

/** What Keycloak is told: the realm of deploy/compose, and the secrets that it names, which services have as well. */
export function issuerObjects(services: readonly Secret[]): [Secret, ConfigMap] {
  const secretOf = (name: string) => services.find(({ metadata }) => metadata.name === name)?.stringData;
  const clients = serviceNames.map((name) => [
    `${name.toUpperCase()}_CLIENT_SECRET`,
    secretOf(name)?.OIDC_CLIENT_SECRET ?? '',
  ]);
  return [
    secret('keycloak', {
      namespace: 'identity',
      stringData: {
        KC_BOOTSTRAP_ADMIN_PASSWORD: made(),
        DEVELOPER_PASSWORD: made(),
        SMOKE_CLIENT_SECRET: made(),
        ...Object.fromEntries(clients),
      },
    }),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'realm', namespace: 'identity' },
      data: { 'jangbu-realm.json': readFileSync(realm, 'utf8') },
    },
  ];
}
