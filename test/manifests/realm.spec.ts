import { describe, expect, it } from 'vitest';
import { serviceNames } from '#shared/config/service';
import { composeText, interpolated, madeSecrets, parseCompose, together } from './composeFiles.ts';

const programs = [...serviceNames, 'gateway'];
const secrets = madeSecrets();
const files = ['compose.yaml', 'compose.identity.yaml'];
const services = () =>
  together(...files.map((name) => parseCompose(interpolated(composeText(name), secrets).text))).services;

interface Mapper {
  name: string;
  protocolMapper: string;
  config: Record<string, string>;
}
interface Client {
  clientId: string;
  secret?: string;
  publicClient: boolean;
  serviceAccountsEnabled: boolean;
  defaultClientScopes: string[];
  protocolMappers?: Mapper[];
}

describe('MESH-8 the realm of Keycloak', () => {
  const text = composeText('identity/jangbu-realm.json');
  const realm = JSON.parse(text) as {
    realm: string;
    roles: { realm: { name: string }[] };
    clients: Client[];
    clientScopes: { name: string; protocolMappers: Mapper[] }[];
    users: {
      username: string;
      serviceAccountClientId?: string;
      realmRoles: string[];
      attributes?: Record<string, string[]>;
    }[];
  };
  const claim = (mappers: Mapper[] = [], name: string) =>
    mappers.find(({ config }) => config['claim.name'] === name && config['access.token.claim'] === 'true');

  it('has the four roles, and puts them and the ids into tokens where services look for them', () => {
    expect(realm.roles.realm.map(({ name }) => name).sort()).toEqual(['customer', 'driver', 'operator', 'service']);
    const mappers = realm.clientScopes.find(({ name }) => name === 'jangbu')?.protocolMappers;
    expect(claim(mappers, 'roles')).toMatchObject({
      protocolMapper: 'oidc-usermodel-realm-role-mapper',
      config: { multivalued: 'true' },
    });
    for (const name of ['customer_id', 'driver_id']) expect(claim(mappers, name)?.config['user.attribute']).toBe(name);
    expect(mappers?.some(({ config }) => config['included.custom.audience'] === 'jangbu')).toBe(true);
    for (const { defaultClientScopes } of realm.clients) expect(defaultClientScopes).toContain('jangbu');
  });

  it('has a confidential client for each service, whose tokens are about service:<name>', () => {
    for (const name of serviceNames) {
      const client = realm.clients.find(({ clientId }) => clientId === name);
      expect(client).toMatchObject({ publicClient: false, serviceAccountsEnabled: true });
      // Without the scope that would put the account's own id there.
      expect(client?.defaultClientScopes).toEqual(['jangbu']);
      expect(claim(client?.protocolMappers, 'sub')?.config['claim.value']).toBe(`service:${name}`);
      expect(realm.users.find((user) => user.serviceAccountClientId === name)?.realmRoles).toEqual(['service']);
    }
    const others = realm.users.filter(({ serviceAccountClientId }) => !serviceAccountClientId);
    expect(others.flatMap(({ realmRoles }) => realmRoles)).not.toContain('service');
  });

  it('has a client for the smoke test of a release, which may do what an operator may', () => {
    const client = realm.clients.find(({ clientId }) => clientId === 'smoke');
    expect(client).toMatchObject({ publicClient: false, serviceAccountsEnabled: true });
    // `basic` puts the account's id into `sub`.
    expect(client?.defaultClientScopes).toEqual(['basic', 'jangbu']);
    expect(realm.users.find((user) => user.serviceAccountClientId === 'smoke')?.realmRoles).toEqual(['operator']);
  });

  it('holds no secret: each is a variable that its container is given', () => {
    const given = services().keycloak?.environment ?? {};
    const asked = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
    // Those of the services and of the smoke test, and the developer's.
    expect(new Set(asked).size).toBe(serviceNames.length + 2);
    for (const name of asked) expect(Object.keys(given)).toContain(name);
    const kept = realm.clients.flatMap(({ secret }) => secret ?? []);
    expect(kept).toHaveLength(serviceNames.length + 1);
    for (const secret of kept) expect(secret).toMatch(/^\$\{\w+\}$/);
    expect(text).not.toMatch(/"value": "(?!\$\{)/);
  });

  it('knows each service by the secret that the service is given', () => {
    for (const name of serviceNames) {
      const client = realm.clients.find(({ clientId }) => clientId === services()[name]?.environment?.OIDC_CLIENT_ID);
      expect(client?.clientId).toBe(name);
      expect(secrets[/^\$\{(\w+)\}$/.exec(client?.secret ?? '')?.[1] ?? '']).toBe(
        services()[name]?.environment?.OIDC_CLIENT_SECRET,
      );
    }
  });

  it('is the realm that programs are told of', () => {
    for (const name of programs)
      expect(services()[name]?.environment?.OIDC_ISSUER).toMatch(new RegExp(`/realms/${realm.realm}$`));
  });
});
