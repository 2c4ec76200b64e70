import { type ServiceName, serviceNames } from '#shared/config/service';
import { issuerObjects } from './issuer.ts';
import { made, type Secret, secret } from './secret.ts';

/**
 * `node deploy/k8s/overlays/dev/secrets.ts | kubectl apply -f -`: the Secrets that elsewhere come from the company's store, made up once for a cluster of
 * one's own, with the namespaces that they are in and the issuer's realm. Done again it makes others, which the databases' roles follow; programs and issuer
 * are restarted then. What another issuer knows is taken from the environment: `ORDERING_CLIENT_SECRET`, and so on.
 */
export function developmentObjects(env: NodeJS.ProcessEnv) {
  const secrets = developmentSecrets(env);
  return [...['jangbu', 'identity'].map(namespace), ...secrets, ...issuerObjects(secrets)];
}

export function developmentSecrets(env: NodeJS.ProcessEnv): Secret[] {
  return serviceNames.flatMap((name) => {
    const password = made();
    return [
      roleSecret(name, password),
      secret(name, {
        stringData: {
          DATABASE_URL: databaseUrl(name, password),
          OIDC_CLIENT_SECRET: env[`${name.toUpperCase()}_CLIENT_SECRET`] ?? made(),
          ...(name === 'billing' && { PAYMENT_PROVIDER_KEY: made(), PAYMENT_WEBHOOK_SECRET: made() }),
          ...(name === 'notification' && { SMTP_URL: env.SMTP_URL ?? 'smtp://mail.identity:1025' }),
        },
      }),
    ];
  });
}

function databaseUrl(service: ServiceName, password: string): string {
  const tls = 'sslmode=verify-full&sslrootcert=/etc/postgres-ca/ca.crt';
  return `postgresql://${service}:${password}@postgres-rw:5432/jangbu_${service}?${tls}`;
}

/** Of the kind that CloudNativePG reads a role's password from, with the label that makes it follow a change. */
function roleSecret(username: ServiceName, password: string): Secret {
  return secret(`postgres-${username}`, {
    type: 'kubernetes.io/basic-auth',
    labels: { 'cnpg.io/reload': 'true' },
    stringData: { username, password },
  });
}

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

if (import.meta.main)
  process.stdout.write(
    developmentObjects(process.env)
      .map((each) => JSON.stringify(each))
      .join('\n---\n'),
  );
